package signaling

import (
	"io"
	"log/slog"
	"testing"

	"github.com/gotera/gotera/proto/signal"
)

func TestSenderIsToldOfFramesThatDidNotGetThere(t *testing.T) {
	r := newRoom(Config{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), limits: defaultLimits}, nil)
	defer r.cancel()
	sender := newPeer(r, identity{}, newConn(r, identity{}))
	robot := newPeer(r, identity{}, newConn(r, identity{}))
	r.peers[sender.id], r.peers[robot.id] = sender, robot
	told := func() *signal.Delivery {
		t.Helper()
		sender.reportDeliveries()
		raw, _ := sender.conn.(*conn).queue.pop()
		if raw == nil {
			return nil
		}
		m, err := signal.DecodeServer(raw)
		if err != nil {
			t.Fatal(err)
		}
		d, ok := m.(signal.Delivery)
		if !ok {
			t.Fatalf("told %T", m)
		}
		return &d
	}

	tally := sender.deliveries.tally(robot.id, signal.ChannelLossy, sender.reportDeliveries)
	tally.Sent.Add(10)
	if d := told(); d != nil {
		t.Errorf("told %+v although every frame got there", d)
	}
	tally.Stale.Add(3)
	want := signal.DeliveryCount{Peer: string(robot.id), Channel: signal.ChannelLossy, Sent: 10, Stale: 3}
	if d := told(); d == nil || len(d.To) != 1 || d.To[0] != want {
		t.Errorf("told %+v, want %+v", d, want)
	}
	if d := told(); d != nil {
		t.Errorf("told %+v again", d)
	}
	tally.Dropped.Add(1)
	delete(r.peers, robot.id)
	if d := told(); d != nil {
		t.Errorf("told %+v of a peer that is gone", d)
	}
	if n := len(sender.deliveries.entries); n != 0 {
		t.Errorf("%d receivers are remembered, all are gone", n)
	}
	r.mu.Lock()
	r.removeLocked(endLeft, sender)
	r.mu.Unlock()
	if sender.deliveries.tally(robot.id, signal.ChannelLossy, func() { t.Error("a report after the end") }) == nil {
		t.Error("no tally")
	}
}
