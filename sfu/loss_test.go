package sfu_test

import (
	"testing"
	"time"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

func TestSubscriberLossIsRepaired(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{Drop: sfutest.Drop{In: 20}})
	a.Publish("camera", sfu.KindVideo)
	r := b.Receives(a, "camera", sfu.KindVideo, 600, 20*time.Second)
	s := r.Snapshot()
	t.Logf("%d packets, %d missing", s.Packets, s.Missing)
	if err := r.Check(); err != nil {
		t.Error(err)
	}
	if s.Missing > 2 { // every 20th of the repairs is lost as well
		t.Errorf("%d packets were never repaired", s.Missing)
	}
	sent := senderStats(t, room, "b", "a:camera:video")
	t.Logf("server: %d NACKs, %d resent, rtt %v", sent.NACKs, sent.RTX, sent.RTT)
	if sent.RTX == 0 {
		t.Error("nothing was sent again")
	}
}

func TestPublisherLossIsRepaired(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{Drop: sfutest.Drop{Out: 20}})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	r := b.Receives(a, "camera", sfu.KindVideo, 600, 20*time.Second)
	if s := r.Snapshot(); s.Missing > 2 {
		t.Errorf("%d of %d packets were never repaired", s.Missing, s.Packets)
	}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
	for _, p := range room.Stats().Peers {
		for _, got := range p.Published {
			t.Logf("server: %d NACKs, %d repaired, %d given up, rtt %v", got.NACKs, got.RTX, got.Lost, p.RTT)
			if got.NACKs == 0 || got.RTX == 0 {
				t.Error("nothing was asked for again")
			}
		}
	}
}

func senderStats(t *testing.T, room *sfu.Room, peer sfu.PeerID, track string) sfu.SenderStats {
	t.Helper()
	for _, p := range room.Stats().Peers {
		for _, s := range p.Sent {
			if p.ID == peer && s.Track.ID == track {
				return s
			}
		}
	}
	t.Fatalf("peer %s is not sent %s", peer, track)
	return sfu.SenderStats{}
}
