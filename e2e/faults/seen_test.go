package faults

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pion/rtp"

	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/sfu/keyframe"
)

// patience is how long a packet may be missing until it counts as lost.
const patience = time.Second

// seen is what one person's peer receives, by the publisher's id and the kind.
type seen struct {
	mu      sync.Mutex
	streams map[string]*stream
}

func newSeen() *seen { return &seen{streams: map[string]*stream{}} }

// stream is one received track.
type stream struct {
	packets, keys int
	ssrc          uint32
	highest       uint16
	missing       map[uint16]time.Time // since when
	clear         bool                 // all since a keyframe has come, but for what is missing
}

// take is for peer.Options.OnPacket.
func (s *seen) take(from peer.Received, p *rtp.Packet) {
	if from.Source != "camera" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := from.Peer + " " + from.Kind
	v := s.streams[id]
	if v == nil || v.ssrc != p.SSRC {
		old := v
		v = &stream{ssrc: p.SSRC, highest: p.SequenceNumber - 1, missing: map[uint16]time.Time{}}
		if old != nil {
			v.packets, v.keys = old.packets, old.keys
		}
		s.streams[id] = v
	}
	v.packets++
	ahead := int16(p.SequenceNumber - v.highest)
	if ahead <= 0 {
		delete(v.missing, p.SequenceNumber)
	}
	for seq := v.highest + 1; ahead > 0 && seq != p.SequenceNumber; seq++ {
		if len(v.missing) > 500 {
			v.clear = false
			break
		}
		v.missing[seq] = time.Now()
	}
	if ahead > 0 {
		v.highest = p.SequenceNumber
	}
	if from.Kind == "video" && len(p.Payload) > 0 && keyframe.VP8(p.Payload) {
		v.keys++
		v.clear = true
		for seq := range v.missing {
			if int16(p.SequenceNumber-seq) > 0 {
				delete(v.missing, seq)
			}
		}
	}
}

// count is how many packets have come.
func (s *seen) count(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.streams[id]; v != nil {
		return v.packets
	}
	return 0
}

// shown returns why nothing could be shown of a picture, or nil.
func (s *seen) shown(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.streams[id]
	if v == nil {
		return fmt.Errorf("nothing came")
	}
	now := time.Now()
	for _, since := range v.missing {
		if now.Sub(since) > patience {
			v.clear = false
			clear(v.missing)
			break
		}
	}
	if !v.clear {
		return fmt.Errorf("no keyframe since a loss (%d packets, %d keyframes in all)", v.packets, v.keys)
	}
	return nil
}

// flows returns what does not flow of all that each should get of each other, looking for d.
func (c *call) flows(d time.Duration) error {
	type view struct {
		seen     *seen
		to, from string
		id       string
		packets  int
	}
	var views []view
	for _, to := range c.people {
		_, viewer, s := to.now()
		for _, from := range c.people {
			if from == to {
				continue
			}
			_, publisher, _ := from.now()
			if viewer.ID() == "" || publisher.ID() == "" {
				return fmt.Errorf("%s or %s is not in the room", to.name, from.name)
			}
			for _, kind := range []string{"video", "audio"} {
				id := publisher.ID() + " " + kind
				views = append(views, view{s, to.name, from.name + " " + kind, id, s.count(id)})
			}
		}
	}
	time.Sleep(d)
	var missing []string
	for _, v := range views {
		if n := v.seen.count(v.id) - v.packets; n < 2 {
			missing = append(missing, fmt.Sprintf("%s of %s: %d packets in %v", v.to, v.from, n, d))
		} else if strings.HasSuffix(v.id, " video") {
			if err := v.seen.shown(v.id); err != nil {
				missing = append(missing, fmt.Sprintf("%s of %s: %v", v.to, v.from, err))
			}
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("of %d tracks %d are missing: %s", len(views), len(missing), strings.Join(missing, "; "))
	}
	return nil
}
