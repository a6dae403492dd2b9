package signaling

import (
	"context"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/signaling/quality"
)

// toRehab is of how many pictures one goes to rehab.
const toRehab = 2

// gauge takes pictures of the room's media.
type gauge struct {
	mu    sync.Mutex // guards meter; held while a picture is taken
	meter *quality.Meter
}

// measure takes a picture each time the interval is over, until ctx ends.
func (r *room) measure(ctx context.Context) {
	tick := time.NewTicker(r.limits.picture)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		q := r.picture(time.Now(), true)
		if n%toRehab == 0 {
			for _, q := range split(q) {
				r.events.publish(control.Event{Type: control.EventQuality, Quality: &q})
			}
		}
	}
}

// picture measures every peer and returns what rehab is told; with tell, pages are told too.
func (r *room) picture(now time.Time, tell bool) control.Quality {
	r.gauge.mu.Lock()
	defer r.gauge.mu.Unlock()
	reports := map[sfu.PeerID]quality.Report{}
	r.mu.Lock()
	for id, p := range r.peers {
		if !p.played.At.IsZero() {
			reports[id] = p.played
		}
	}
	r.mu.Unlock()
	stats := r.media.Stats()
	r.mu.Lock()
	for id := range r.peers {
		if !slices.ContainsFunc(stats.Peers, func(s sfu.PeerStats) bool { return s.ID == id }) {
			stats.Peers = append(stats.Peers, sfu.PeerStats{ID: id}) // it has no media now, and is not forgotten
		}
	}
	r.mu.Unlock()
	pictures := r.gauge.meter.Next(now, stats, reports)
	process := processFigures(stats)
	return control.Quality{At: now.UTC(), Process: &process, Peers: r.show(pictures, tell)}
}

// show returns everybody's totals. With tell, users are told how all peers are, others how they are themselves.
func (r *room) show(pictures map[sfu.PeerID]quality.Picture, tell bool) []control.PeerQuality {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := signal.Quality{Peers: []signal.PeerQuality{}}
	var totals []control.PeerQuality
	for _, p := range r.sortedLocked() {
		picture, ok := pictures[p.measuredLocked()]
		if !ok {
			continue // it is just joining
		}
		picture.Shown.Peer = string(p.id)
		t := picture.Totals
		t.Peer, t.Since = p.controlLocked(), p.since.UTC()
		p.totals = &t
		totals = append(totals, t)
		all.Peers = append(all.Peers, picture.Shown)
		if tell && p.who.kind != control.User {
			p.sendLocked(signal.Quality{Peers: []signal.PeerQuality{picture.Shown}})
		}
	}
	if !tell || len(all.Peers) == 0 {
		return totals
	}
	raw := encode(all) // once for all users
	for _, p := range r.peers {
		if p.who.kind == control.User && p.conn != nil {
			p.conn.tell(all, raw)
		}
	}
	return totals
}

// farewellLocked tells rehab the last totals of a peer that leaves.
func (r *room) farewellLocked(p *peer) {
	if p.totals != nil {
		q := control.Quality{At: time.Now().UTC(), Peers: []control.PeerQuality{*p.totals}}
		r.events.publish(control.Event{Type: control.EventQuality, Quality: &q})
	}
}

// split makes events that fit into a line each.
func split(q control.Quality) []control.Quality {
	list := []control.Quality{q}
	for last := &list[0]; len(last.Peers) > control.QualityPeers; last = &list[len(list)-1] {
		rest := last.Peers[control.QualityPeers:]
		last.Peers = last.Peers[:control.QualityPeers]
		list = append(list, control.Quality{At: q.At, Peers: rest})
	}
	return list
}

// processFigures are those of this process.
func processFigures(stats sfu.RoomStats) control.Process {
	p := usage()
	p.PID = os.Getpid()
	p.MediaPackets, p.MediaCalls = stats.MediaPackets, stats.MediaCalls
	for _, peer := range stats.Peers {
		p.Tracks += len(peer.Published)
	}
	return p
}
