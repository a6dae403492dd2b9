package signaling

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

func often(c *Config) { c.limits.picture, c.limits.report = 200*time.Millisecond, 10*time.Millisecond }

// of is the entry of a peer.
func of(m signal.Quality, peer string) (signal.PeerQuality, bool) {
	i := slices.IndexFunc(m.Peers, func(p signal.PeerQuality) bool { return p.Peer == peer })
	if i < 0 {
		return signal.PeerQuality{}, false
	}
	return m.Peers[i], true
}

func TestUsersSeeTheQualityOfAll(t *testing.T) {
	r := startRoom(t, often)
	doctor := r.connect(clinician)
	doctor.join()
	a := r.joinPeer(r.page(patient), headless.Options{Tracks: picture("a")})
	b := r.joinPeer(r.page(robot), headless.Options{Tracks: picture("b")})
	frames(t, a, b.ID(), 10)
	frames(t, b, a.ID(), 10)
	good := func(p signal.PeerQuality) bool {
		return p.Quality == signal.QualityGood && p.RTT > 0 && p.Up.Bitrate > 10_000 && p.Down.Bitrate > 10_000 && len(p.Tracks) == 1 && p.Tracks[0].Bitrate > 0
	}
	m := expectThat(doctor, func(m signal.Quality) bool {
		pa, _ := of(m, a.ID())
		pb, _ := of(m, b.ID())
		return good(pa) && good(pb)
	})
	if len(m.Peers) != 3 {
		t.Errorf("%d peers in the clinician's message, want 3", len(m.Peers))
	}
	if p, _ := of(m, a.ID()); p.Tracks[0].Track != b.ID()+":camera:video" || p.Up.Loss > 0.03 {
		t.Errorf("the patient's entry is %+v", p)
	}
}

func TestOthersSeeOnlyTheirOwnQuality(t *testing.T) {
	r := startRoom(t, often)
	r.connect(clinician).join()
	p := r.connect(patient)
	id := p.join().Peer
	for range 3 {
		m := expect[signal.Quality](p)
		if len(m.Peers) != 1 || m.Peers[0].Peer != id {
			t.Fatalf("a participant is told %+v", m)
		}
	}
}

func TestReportsOfPagesAreShownAndCounted(t *testing.T) {
	r := startRoom(t, often)
	events := r.events()
	doctor := r.connect(clinician)
	doctor.join()
	b := r.joinPeer(r.page(robot), headless.Options{Tracks: picture("b")})
	p := r.connect(patient) // has no media of its own: what it says is all there is
	id := p.join().Peer
	track := signal.PlayedTrack{Track: b.ID() + ":camera:video", Decoded: 10, Width: 320, Height: 180}
	waitFor(t, "freezes in the clinician's message", func() error {
		track.Freezes++
		track.Frozen += 0.01
		p.send(signal.ClientQuality{Tracks: []signal.PlayedTrack{track}})
		m := expect[signal.Quality](doctor)
		if q, _ := of(m, id); q.Freezes < 2 || q.Frozen <= 0 {
			return fmt.Errorf("%+v", q)
		}
		return nil
	})
	await(t, events, "the same for rehab", func(e control.Event) bool {
		return e.Type == control.EventQuality && slices.ContainsFunc(e.Quality.Peers, func(q control.PeerQuality) bool {
			return q.ID == id && q.UUID == patient.UUID && q.Played.Freezes >= 2
		})
	})
	if q, err := r.control.Quality(t.Context()); err != nil || len(q.Peers) != 3 || q.Process == nil {
		t.Errorf("asked for the quality: %+v, %v", q, err)
	}
	p.send(signal.Leave{})
	last := await(t, events, "its last totals", func(e control.Event) bool {
		if e.Type == control.EventLeft {
			t.Fatal("it left without last totals")
		}
		return e.Type == control.EventQuality && e.Quality.Process == nil
	})
	if q := last.Quality.Peers; len(q) != 1 || q[0].ID != id || q[0].Played.Freezes < 2 || q[0].Since.IsZero() {
		t.Errorf("last totals %+v", last.Quality)
	}
}

func TestBadReportEndsItsPeerOnly(t *testing.T) {
	r := startRoom(t)
	doctor := r.connect(clinician)
	doctor.join()
	p := r.connect(patient)
	id := p.join().Peer
	p.write(websocket.TextMessage, `{"type":"quality","tracks":[{"track":"t","frozen":-5}]}`)
	p.expectClose(signal.CloseBad)
	if m := expect[signal.Left](doctor); m.Peer != id {
		t.Errorf("left: %+v", m)
	}
}

func TestRehabIsToldOfTheProcess(t *testing.T) {
	r := startRoom(t, often)
	a := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("a")})
	b := r.joinPeer(r.page(patient), headless.Options{Tracks: picture("b")})
	frames(t, a, b.ID(), 5)
	e := await(t, r.events(), "quality", func(e control.Event) bool {
		return e.Type == control.EventQuality && len(e.Quality.Peers) == 2 && e.Quality.Peers[0].Down.Video.Packets > 0
	})
	p := e.Quality.Process
	if p == nil || p.CPU <= 0 || p.Resident < 1<<20 || p.Goroutines < 5 || p.MediaPackets == 0 || p.Tracks != 4 {
		t.Errorf("process %+v", p)
	}
	for _, q := range e.Quality.Peers {
		if !q.Verified || q.RTT <= 0 || q.Up.Audio.Packets == 0 || q.Up.Video.Bytes == 0 || time.Since(q.Since) > time.Minute {
			t.Errorf("peer %+v", q)
		}
	}
}

func TestManyPeersMakeSeveralEvents(t *testing.T) {
	q := control.Quality{Process: &control.Process{}, Peers: make([]control.PeerQuality, 2*control.QualityPeers+1)}
	list := split(q)
	if len(list) != 3 || len(list[0].Peers) != control.QualityPeers || len(list[2].Peers) != 1 || list[0].Process == nil || list[1].Process != nil {
		t.Errorf("split into %d", len(list))
	}
	if one := split(control.Quality{Process: &control.Process{}}); len(one) != 1 {
		t.Errorf("an empty room makes %d events", len(one))
	}
}

func TestQualityOfAStoppedRoom(t *testing.T) {
	r := startRoom(t)
	r.cancel()
	r.waitEnded()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := r.control.Quality(ctx); err == nil {
		t.Error("a room that is gone answers")
	}
}
