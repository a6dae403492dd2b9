package sfu_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// newRoom opens a room on loopback that is closed with the test.
func newRoom(t testing.TB) *sfu.Room {
	t.Helper()
	level := slog.LevelWarn
	var out io.Writer = os.Stderr
	if os.Getenv("SFU_DEBUG") != "" {
		level = slog.LevelDebug
	}
	room, err := sfu.New(sfu.Config{
		Listen: "127.0.0.1:0", Loopback: true,
		Log: slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = room.Close() })
	return room
}

func check(t *testing.T, tracks ...*sfutest.Received) {
	t.Helper()
	for _, r := range tracks {
		if err := r.Check(); err != nil {
			t.Error(err)
		}
		if s := r.Snapshot(); s.Missing > 0 {
			t.Errorf("%s: %d packets missing", r.Track.ID, s.Missing)
		}
	}
}

func TestTwoPeersSeeAndHearEachOther(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	for _, c := range []*sfutest.Client{a, b} {
		c.Publish("camera", sfu.KindVideo)
		c.Publish("camera", sfu.KindAudio)
	}
	for _, pair := range [][2]*sfutest.Client{{a, b}, {b, a}} {
		check(t,
			pair[0].Receives(pair[1], "camera", sfu.KindVideo, 400, 10*time.Second),
			pair[0].Receives(pair[1], "camera", sfu.KindAudio, 100, 10*time.Second))
	}
	if got := a.PublishedTracks(); len(got) != 2 {
		t.Errorf("a publishes %v, want two tracks", got)
	}
}

func TestJoinErrors(t *testing.T) {
	room, err := sfu.New(sfu.Config{Listen: "127.0.0.1:0", Loopback: true, MaxPeers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	if _, err := room.Join("a", a); !errors.Is(err, sfu.ErrPeerExists) {
		t.Errorf("same id: %v", err)
	}
	sfutest.Connect(t, room, "b", sfutest.Options{})
	if _, err := room.Join("c", a); !errors.Is(err, sfu.ErrRoomFull) {
		t.Errorf("third of two: %v", err)
	}
	a.Peer.Close()
	if p, err := room.Join("c", sfutest.Silent{}); err != nil {
		t.Errorf("after one has left: %v", err)
	} else {
		p.Close()
	}
	_ = room.Close()
	if _, err := room.Join("d", a); !errors.Is(err, sfu.ErrRoomClosed) {
		t.Errorf("closed room: %v", err)
	}
}

func TestTenPeers(t *testing.T) {
	room := newRoom(t)
	var all []*sfutest.Client
	for i := range 10 {
		c := sfutest.Connect(t, room, fmt.Sprintf("p%d", i), sfutest.Options{FPS: 10}) // 117 tracks on one machine
		all = append(all, c)
		c.Publish("camera", sfu.KindAudio)
		if i < 3 {
			c.Publish("camera", sfu.KindVideo)
		}
	}
	for _, c := range all {
		for i, o := range all {
			if o == c {
				continue
			}
			check(t, c.Receives(o, "camera", sfu.KindAudio, 50, 30*time.Second))
			if i < 3 {
				check(t, c.Receives(o, "camera", sfu.KindVideo, 120, 30*time.Second))
			}
		}
	}
}
