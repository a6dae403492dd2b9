package sfu_test

import (
	"errors"
	"fmt"
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
		all[id] = sfutest.Connect(t, room, id, sfutest.Options{OnMessage: func(label string, data []byte, text bool) {
			if to := all[string(data[:1])]; to != nil {
				_ = to.Peer.Send(label, append([]byte(id), data[1:]...), text)
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
	sfutest.WaitFor(t, 5*time.Second, "the channel is open", func() bool { return a.Peer.Send("reliable", []byte("x"), true) == nil })
	if err := a.Peer.Send("other", nil, true); !errors.Is(err, sfu.ErrNoChannel) {
		t.Errorf("no such channel: %v", err)
	}
	if err := a.Peer.Send("reliable", make([]byte, 16<<10+1), false); !errors.Is(err, sfu.ErrFrameTooLarge) {
		t.Errorf("too large: %v", err)
	}
	a.Peer.Close()
	sfutest.WaitFor(t, 5*time.Second, "Send says closed", func() bool { return errors.Is(a.Peer.Send("reliable", nil, true), sfu.ErrPeerClosed) })
}

// A receiver that takes nothing any more must not make Send wait, nor hold unbounded memory, nor slow others down.
func TestSlowReceiverSlowsNobody(t *testing.T) {
	room := newRoom(t)
	slow := sfutest.Connect(t, room, "slow", sfutest.Options{})
	quick := sfutest.Connect(t, room, "quick", sfutest.Options{})
	block := make(chan struct{})
	defer close(block)
	for _, label := range []string{"reliable", "lossy"} {
		slow.Open(label, func(webrtc.DataChannelMessage) { <-block })
		var got atomic.Int64
		quick.Open(label, func(webrtc.DataChannelMessage) { got.Add(1) })

		data := make([]byte, 8<<10)
		var full, sent int
		start := time.Now()
		for i := 0; i < 1500; i++ {
			switch err := slow.Peer.Send(label, data, false); {
			case errors.Is(err, sfu.ErrQueueFull):
				full++
			case err != nil:
				t.Fatal(err)
			}
			if i%10 == 0 {
				for errors.Is(quick.Peer.Send(label, data, false), sfu.ErrQueueFull) {
					time.Sleep(time.Millisecond)
				}
				sent++
			}
		}
		t.Logf("%s: %d sends in %v, %d refused", label, 1500, time.Since(start), full)
		if label == "reliable" && full == 0 {
			t.Error("12 MB were queued for a peer that reads nothing")
		}
		if label == "lossy" && full > 0 {
			t.Errorf("%d lossy frames were refused instead of the oldest dropped", full)
		}
		sfutest.WaitFor(t, 10*time.Second, fmt.Sprintf("quick gets its %d frames", sent), func() bool { return got.Load() >= int64(sent)*9/10 })
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
		for errors.Is(a.Peer.Send("reliable", data, false), sfu.ErrQueueFull) {
			time.Sleep(time.Millisecond)
		}
	}
	sfutest.WaitFor(t, 20*time.Second, "all frames arrive", func() bool { return next.Load() == frames })
	select {
	case f := <-bad:
		t.Errorf("out of order at %s", f)
	default:
	}
}
