package sfu_test

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// usage is what a process has to give back.
type usage struct{ goroutines, files int }

func used(t *testing.T) usage {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return usage{runtime.NumGoroutine(), len(files)}
}

// settles waits until no more is used than at base.
func settles(t *testing.T, base usage) {
	t.Helper()
	var now usage
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if now = used(t); now.goroutines <= base.goroutines && now.files <= base.files {
			return
		}
	}
	var stacks strings.Builder
	_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
	t.Errorf("in use: %+v, at first: %+v\n%s", now, base, stacks.String())
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestJoinsLeaveNothingBehind(t *testing.T) {
	before := used(t)
	room, err := sfu.New(sfu.Config{Listen: "127.0.0.1:0", Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	cycle := func(i int) {
		t.Run("", func(t *testing.T) { // so that the clients are cleaned up
			a := sfutest.Connect(t, room, fmt.Sprintf("a%d", i), sfutest.Options{})
			b := sfutest.Connect(t, room, fmt.Sprintf("b%d", i), sfutest.Options{})
			a.Publish("camera", sfu.KindVideo)
			b.Publish("camera", sfu.KindAudio)
			if i%4 == 0 {
				b.Receives(a, "camera", sfu.KindVideo, 4, 10*time.Second)
				a.Open("reliable", nil)
			}
			if i%2 == 0 {
				a.Leave()
				b.Leave()
			} else {
				b.Peer.Close()
				a.Peer.Close()
			}
		})
	}
	for i := range 4 { // pools and lazily started things
		cycle(i)
	}
	base, low := used(t), heap()
	for i := range 100 {
		cycle(4 + i)
	}
	settles(t, base)
	if high := heap(); high > low+4<<20 {
		t.Errorf("heap grew from %d to %d bytes in 200 joins", low, high)
	} else {
		t.Logf("heap: %d KiB before, %d KiB after 200 joins", low>>10, high>>10)
	}
	if err := room.Close(); err != nil {
		t.Error(err)
	}
	settles(t, before)
}

func TestRoomCloseWithPeersInIt(t *testing.T) {
	before := used(t)
	t.Run("", func(t *testing.T) {
		room, err := sfu.New(sfu.Config{Listen: "127.0.0.1:0", Loopback: true})
		if err != nil {
			t.Fatal(err)
		}
		var all []*sfutest.Client
		for i := range 4 {
			c := sfutest.Connect(t, room, fmt.Sprint(i), sfutest.Options{})
			c.Publish("camera", sfu.KindVideo)
			all = append(all, c)
		}
		all[0].Receives(all[1], "camera", sfu.KindVideo, 10, 10*time.Second)
		start := time.Now()
		if err := room.Close(); err != nil {
			t.Error(err)
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("Close took %v", d)
		}
		for _, c := range all {
			if ended, err := c.Ended(); !ended || err != nil {
				t.Errorf("peer %s: ended %v, %v", c.ID, ended, err)
			}
		}
	})
	settles(t, before)
}

func TestSamePortCanBeUsedAgain(t *testing.T) {
	room := newRoom(t)
	addr := room.Addr().String()
	if _, err := sfu.New(sfu.Config{Listen: addr}); err == nil {
		t.Error("two rooms on one port")
	}
	_ = room.Close()
	again, err := sfu.New(sfu.Config{Listen: addr})
	if err != nil {
		t.Fatalf("after Close: %v", err)
	}
	_ = again.Close()
}
