package sfu_test

import (
	"testing"
	"time"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// heard waits until c has n packets of a's sound and returns the track.
func heard(t *testing.T, c, from *sfutest.Client, n int) sfutest.Snapshot {
	t.Helper()
	r := c.Receives(from, "camera", sfu.KindAudio, n, 20*time.Second)
	if err := r.Check(); err != nil {
		t.Errorf("%s: %v", c.ID, err)
	}
	return r.Snapshot()
}

func published(t *testing.T, room *sfu.Room, id sfu.PeerID) sfu.ReceiverStats {
	t.Helper()
	for _, p := range room.Stats().Peers {
		if p.ID == id && len(p.Published) == 1 {
			return p.Published[0]
		}
	}
	t.Fatalf("%s publishes nothing", id)
	return sfu.ReceiverStats{}
}

// A publisher's lost packets are within those that follow, and reach subscribers that do not take RED.
func TestPublishersRedundancyRepairsForAll(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{RED: true, Drop: sfutest.Drop{Out: 5}})
	plain := sfutest.Connect(t, room, "plain", sfutest.Options{})
	takes := sfutest.Connect(t, room, "takes", sfutest.Options{RED: true})
	a.Publish("camera", sfu.KindAudio)
	for _, c := range []*sfutest.Client{plain, takes} {
		s := heard(t, c, a, 300)
		if s.Missing > 0 || s.Duplicates > 0 || s.Redundant > 0 {
			t.Errorf("%s: %d packets missing, %d duplicates, %d with redundancy on a path without loss",
				c.ID, s.Missing, s.Duplicates, s.Redundant)
		}
	}
	p := published(t, room, "a")
	if p.Codec != "audio/opus" || p.RED == 0 || p.Repaired < p.RED/5 || p.Lost > 0 {
		t.Errorf("the room says %+v", p)
	}
}

// The server makes RED of plain Opus for a subscriber that loses packets and takes it, and for no other.
func TestServerMakesRedundancyWhereItIsNeeded(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	lossy := sfutest.Connect(t, room, "lossy", sfutest.Options{RED: true, Drop: sfutest.Drop{In: 10}})
	plain := sfutest.Connect(t, room, "plain", sfutest.Options{Drop: sfutest.Drop{In: 10}})
	good := sfutest.Connect(t, room, "good", sfutest.Options{RED: true})
	a.Publish("camera", sfu.KindAudio)
	heard(t, lossy, a, 20)
	r := lossy.Receives(a, "camera", sfu.KindAudio, 20, time.Second)
	sfutest.WaitFor(t, 15*time.Second, "redundancy of depth 2", func() bool { return r.Snapshot().Depth == 2 })
	before := r.Snapshot()
	sfutest.WaitFor(t, 15*time.Second, "more of it", func() bool { return r.Snapshot().Packets > before.Packets+300 })
	after := r.Snapshot()
	if missing := after.Missing - before.Missing; missing < 20 {
		t.Errorf("only %d packets were lost", missing)
	}
	// What the last 100 packets lack may still be on its way in the first snapshot.
	if late := after.Inaudible - before.Inaudible; late > 10 {
		t.Errorf("%d packets were not brought by redundancy", late)
	}
	if s := heard(t, plain, a, 300); s.Redundant > 0 {
		t.Errorf("%d packets of RED to a peer that does not take it", s.Redundant)
	}
	if s := heard(t, good, a, 300); s.Redundant > 0 || s.Missing > 0 {
		t.Errorf("a path without loss: %d packets of RED, %d missing", s.Redundant, s.Missing)
	}
}

// What a publisher loses on its way to the server is no reason to send its subscribers redundancy.
func TestLossBeforeTheServerMakesNoRedundancy(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{Drop: sfutest.Drop{Out: 7}})
	good := sfutest.Connect(t, room, "good", sfutest.Options{RED: true})
	a.Publish("camera", sfu.KindAudio)
	if s := heard(t, good, a, 300); s.Redundant > 0 || s.Missing < 10 {
		t.Errorf("%d packets of RED, %d missing", s.Redundant, s.Missing)
	}
}
