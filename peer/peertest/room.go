// Package peertest runs rooms for tests of peers.
package peertest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/porttest"
	"github.com/gotera/gotera/proto/testlog"
	"github.com/gotera/gotera/signaling"
)

// patience bounds the wait for a room's end; reaching it is a failure.
const patience = 10 * time.Second

// SharedKey opens every page of the rooms.
const SharedKey = "0c0ffee0-0000-4000-8000-00000000beef"

// Room is a real room in this process, open to whoever has SharedKey.
type Room struct {
	t      *testing.T
	Addr   string // of HTTP
	cancel context.CancelFunc
	ended  chan struct{}
}

// StartRoom runs a room at addr, or anywhere if that is empty.
func StartRoom(t *testing.T, addr string, change ...func(*signaling.Config)) *Room {
	t.Helper()
	if addr == "" {
		addr = fmt.Sprintf("127.0.0.1:%d", porttest.Take(t, 1)) // a room that comes back finds it free
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &Room{t: t, Addr: l.Addr().String(), cancel: cancel, ended: make(chan struct{})}
	cfg := signaling.Config{
		Key: SharedKey, Secret: make([]byte, control.SecretSize), HTTP: l, MediaListen: "127.0.0.1:0", RedisAddr: closedPort(t),
		Log: testlog.New(t, slog.LevelInfo),
	}
	for _, f := range change {
		f(&cfg)
	}
	go func() {
		defer close(r.ended)
		if err := signaling.Run(ctx, cfg); err != nil {
			t.Errorf("room: %v", err)
		}
	}()
	t.Cleanup(r.Stop)
	return r
}

// Stop ends the room as a restart does: its peers are to come back.
func (r *Room) Stop() {
	r.t.Helper()
	r.cancel()
	select {
	case <-r.ended:
	case <-time.After(patience):
		r.t.Error("the room does not end")
	}
}

// URL is that of a page for SharedKey: users, participants or devices.
func (r *Room) URL(page string) string {
	return fmt.Sprintf("http://%s/%s?key=%s", r.Addr, page, SharedKey)
}

func closedPort(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", porttest.Take(t, 1))
}
