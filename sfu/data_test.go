package sfu_test

import (
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// relay makes clients whose data frames go to the peer named in the first byte, as signaling would do it.
func relay(t *testing.T, room *sfu.Room, ids ...string) map[string]*sfutest.Client {
	t.Helper()
	all := map[string]*sfutest.Client{}
	for _, id := range ids {
		all[id] = nil
	}
	for _, id := range ids {
		all[id] = sfutest.Connect(t, room, id, sfutest.Options{OnMessage: func(f sfu.Frame) {
			if to := all[string(f.Data[:1])]; to != nil {
				f.Data = append([]byte(id), f.Data[1:]...)
				_ = to.Peer.Send(f)
			}
		}})
	}
	return all
}

func TestDataFramesAreDelivered(t *testing.T) {
	room := newRoom(t)
	all := relay(t, room, "a", "b", "c")
	type frame struct {
		text string
		is   bool
	}
	for _, label := range []string{"reliable", "lossy"} {
		got := map[string]chan frame{"b": make(chan frame, 100), "c": make(chan frame, 100)}
		out := all["a"].Open(label, nil)
		for id, ch := range got {
			all[id].Open(label, func(m webrtc.DataChannelMessage) { ch <- frame{string(m.Data), m.IsString} })
		}
		big := make([]byte, 16<<10)
		big[0] = 'b'
		for _, send := range []error{out.SendText("bhello"), out.Send([]byte("cbinary")), out.Send(big)} {
			if send != nil {
				t.Fatal(send)
			}
		}
		want := map[string][]frame{"b": {{"ahello", true}, {"a" + string(big[1:]), false}}, "c": {{"abinary", false}}}
		for id, frames := range want {
			for _, w := range frames {
				select {
				case f := <-got[id]:
					if f != w {
						t.Errorf("%s: %s got %d bytes, text %v; want %d, %v", label, id, len(f.text), f.is, len(w.text), w.is)
					}
				case <-time.After(5 * time.Second):
					t.Fatalf("%s: %s got nothing", label, id)
				}
			}
		}
	}
}

func TestSendErrors(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	a.Open("reliable", nil)
	sfutest.WaitFor(t, 5*time.Second, "the channel is open", func() bool { return a.Peer.Send(sfu.Frame{Label: "reliable", Data: []byte("x"), Text: true}) == nil })
	if err := a.Peer.Send(sfu.Frame{Label: "other", Data: nil, Text: true}); !errors.Is(err, sfu.ErrNoChannel) {
		t.Errorf("no such channel: %v", err)
	}
	if err := a.Peer.Send(sfu.Frame{Label: "reliable", Data: make([]byte, 16<<10+1), Text: false}); !errors.Is(err, sfu.ErrFrameTooLarge) {
		t.Errorf("too large: %v", err)
	}
	a.Peer.Close()
	sfutest.WaitFor(t, 5*time.Second, "Send says closed", func() bool {
		return errors.Is(a.Peer.Send(sfu.Frame{Label: "reliable", Data: nil, Text: true}), sfu.ErrPeerClosed)
	})
}

// waiting is how many bytes of data wait for a peer, and its other data figures.
func waiting(t *testing.T, room *sfu.Room, id sfu.PeerID) sfu.PeerStats {
	t.Helper()
	for _, p := range room.Stats().Peers {
		if p.ID == id {
			return p
		}
	}
	t.Fatalf("no peer %s", id)
	return sfu.PeerStats{}
}

// pace waits until little waits for a peer.
func pace(t *testing.T, room *sfu.Room, id sfu.PeerID) {
	t.Helper()
	sfutest.WaitFor(t, 20*time.Second, "what waits is sent", func() bool { return waiting(t, room, id).DataWaiting < 200<<10 })
}

// A receiver that takes nothing any more must not make Send wait, nor hold unbounded memory, nor slow others down, nor lose
// reliable frames without being told.
func TestSlowReceiverSlowsNobody(t *testing.T) {
	room := newRoom(t)
	slow := sfutest.Connect(t, room, "slow", sfutest.Options{})
	quick := sfutest.Connect(t, room, "quick", sfutest.Options{})
	block := make(chan struct{})
	defer close(block)
	for _, label := range []string{"reliable", "lossy"} {
		slow.Open(label, func(webrtc.DataChannelMessage) { <-block })
		var got atomic.Int64
		ordered, life := label == "reliable", uint16(5000) // a busy machine is no reason to drop a frame here
		init := &webrtc.DataChannelInit{Ordered: &ordered}
		if label == "lossy" {
			init.MaxPacketLifeTime = &life
		}
		quick.OpenWith(label, init, func(webrtc.DataChannelMessage) { got.Add(1) })

		data := make([]byte, 8<<10)
		full, refused, sent, most := 0, 0, 0, 0
		var tally sfu.Tally
		start := time.Now()
		for i := range 1500 {
			switch err := slow.Peer.Send(sfu.Frame{Label: label, Data: data, Tally: &tally}); {
			case errors.Is(err, sfu.ErrQueueFull):
				full++
			case errors.Is(err, sfu.ErrNoChannel):
				refused++
			case err != nil:
				t.Fatal(err)
			}
			if i%10 == 0 {
				pace(t, room, "quick")
				if err := quick.Peer.Send(sfu.Frame{Label: label, Data: data}); err != nil {
					t.Fatal(err)
				}
				sent++
				most = max(most, waiting(t, room, "slow").DataWaiting)
			}
		}
		t.Logf("%s: %d sends in %v, %d refused, at most %d bytes waited", label, 1500, time.Since(start), full+refused, most)
		if limit := 3 << 20; most > limit { // with Pion's buffers, and those of both channels
			t.Errorf("%s: %d bytes waited for a peer that reads nothing", label, most)
		}
		if label == "reliable" {
			if full != 1 || refused == 0 {
				t.Errorf("the channel was found full %d times and closed %d times", full, refused)
			}
			if tally.Dropped.Load() == 0 || tally.Stale.Load() > 0 {
				t.Errorf("%d frames dropped, %d stale", tally.Dropped.Load(), tally.Stale.Load())
			}
		} else if full+refused > 0 || tally.Stale.Load()+tally.Dropped.Load() == 0 {
			t.Errorf("%d lossy frames were refused, %d stale, %d dropped", full+refused, tally.Stale.Load(), tally.Dropped.Load())
		}
		sfutest.WaitFor(t, 10*time.Second, fmt.Sprintf("quick gets its %d frames", sent), func() bool { return got.Load() >= int64(sent)*9/10 })
	}
}

// A receiver whose network is gone for a second gets no command from that second once it is back, and the sender's count
// tells how many.
func TestStaleFramesAreDroppedAndCounted(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	var late, got, slowest atomic.Int64
	stalls := sfutest.Stalls(t)
	a.Open("lossy", func(m webrtc.DataChannelMessage) {
		sent, _ := strconv.ParseInt(string(m.Data[:19]), 10, 64)
		age := time.Since(time.Unix(0, sent))
		got.Add(1)
		slowest.Store(max(slowest.Load(), int64(age)))
		if age > 200*time.Millisecond { // 100 ms in the server
			late.Add(1)
		}
	})
	var tally sfu.Tally
	sent := uint64(0)
	commands := func(d time.Duration) {
		for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			data := fmt.Appendf(nil, "%019d%080d", time.Now().UnixNano(), 0)
			if err := a.Peer.Send(sfu.Frame{Label: "lossy", Data: data, Tally: &tally}); err != nil {
				t.Fatal(err)
			}
			sent++
		}
	}
	arrive := func(what string, n int64) { // on a busy machine many are stale
		for end := time.Now().Add(20 * time.Second); got.Load() <= n; commands(100 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("not within 20s: ", what)
			}
		}
	}
	commands(500 * time.Millisecond)
	arrive("frames arrive", 50)
	a.Cut(sfutest.Cut{All: true})
	commands(1500 * time.Millisecond)
	a.Cut(sfutest.Cut{})
	before := got.Load()
	commands(4 * time.Second)
	arrive("frames arrive again", before+50)
	time.Sleep(100 * time.Millisecond)
	p := waiting(t, room, "a")
	t.Logf("%d sent, %d arrived, the slowest after %v; %d stale", sent, got.Load(), time.Duration(slowest.Load()), tally.Stale.Load())
	if limit := 200*time.Millisecond + stalls(); late.Load() > got.Load()/100 || slowest.Load() > int64(limit) {
		t.Errorf("%d frames arrived late, the slowest after %v, more than %v", late.Load(), time.Duration(slowest.Load()), limit)
	}
	if tally.Stale.Load() == 0 || p.DataStale != tally.Stale.Load() || p.DataSent != tally.Sent.Load() {
		t.Errorf("counted: %d stale, %d sent; the peer's own: %d, %d", tally.Stale.Load(), tally.Sent.Load(), p.DataStale, p.DataSent)
	}
	if total := tally.Sent.Load() + tally.Stale.Load() + tally.Dropped.Load(); total != sent {
		t.Errorf("%d of %d frames are accounted for", total, sent)
	}
}

// What a channel says of its frames' life goes with them to their receivers.
func TestChannelsSayHowLongFramesLive(t *testing.T) {
	room := newRoom(t)
	frames := make(chan sfu.Frame, 10)
	a := sfutest.Connect(t, room, "a", sfutest.Options{OnMessage: func(f sfu.Frame) { frames <- f }})
	life, twice := uint16(30), uint16(2)
	for _, tt := range []struct {
		label string
		init  webrtc.DataChannelInit
		want  time.Duration
	}{
		{"reliable", webrtc.DataChannelInit{}, 0},
		{"timed", webrtc.DataChannelInit{MaxPacketLifeTime: &life}, 30 * time.Millisecond},
		{"counted", webrtc.DataChannelInit{MaxRetransmits: &twice}, 100 * time.Millisecond},
	} {
		dc := a.OpenWith(tt.label, &tt.init, nil)
		if err := dc.SendText("x"); err != nil {
			t.Fatal(err)
		}
		f := <-frames
		if f.Label != tt.label || f.Life != tt.want || !f.Text || time.Since(f.At) > 5*time.Second {
			t.Errorf("got %+v, want a life of %v", f, tt.want)
		}
		before := waiting(t, room, "a")
		f.At = time.Now().Add(-35 * time.Millisecond) // on its way back it has been in the server for so long already
		if err := a.Peer.Send(f); err != nil {
			t.Fatal(err)
		}
		after := waiting(t, room, "a")
		if dropped := after.DataStale > before.DataStale; dropped != (tt.want == 30*time.Millisecond) {
			t.Errorf("%s: dropped %v", tt.label, dropped)
		}
	}
}

// The last frames of a burst are sent as soon as the network takes them, although nothing comes after them.
func TestLossyBurstsAreSentWhole(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	ordered, life := false, uint16(60000)
	var got atomic.Int64
	a.OpenWith("lossy", &webrtc.DataChannelInit{Ordered: &ordered, MaxPacketLifeTime: &life}, func(webrtc.DataChannelMessage) { got.Add(1) })
	sent := int64(0)
	for i := range 40 {
		for range 10 + i%20 {
			if err := a.Peer.Send(sfu.Frame{Label: "lossy", Data: make([]byte, 8<<10)}); err != nil {
				t.Fatal(err)
			}
			sent++
		}
		sfutest.WaitFor(t, 10*time.Second, fmt.Sprintf("all %d frames arrive", sent), func() bool { return got.Load() == sent })
		time.Sleep(time.Duration(i%12) * 10 * time.Millisecond) // so that the window is measured, or not, between any two frames
	}
}

// Frames must keep flowing while the queue runs empty and full again and again.
func TestBulkDataInOrder(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	var next atomic.Int64
	bad := make(chan string, 1)
	a.Open("reliable", func(m webrtc.DataChannelMessage) {
		if want := fmt.Sprint(next.Load()); string(m.Data[:len(want)]) != want {
			select {
			case bad <- string(m.Data[:len(want)]):
			default:
			}
		}
		next.Add(1)
	})
	const frames = 2000
	for i := range frames {
		data := make([]byte, 4<<10)
		copy(data, fmt.Sprint(i))
		if i%10 == 0 {
			pace(t, room, "a")
		}
		if err := a.Peer.Send(sfu.Frame{Label: "reliable", Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	sfutest.WaitFor(t, 20*time.Second, "all frames arrive", func() bool { return next.Load() == frames })
	select {
	case f := <-bad:
		t.Errorf("out of order at %s", f)
	default:
	}
}
