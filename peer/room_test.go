package peer_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/signaling"
)

// patience bounds every wait of these tests; reaching it is a failure.
const patience = 10 * time.Second

const sharedKey = "0c0ffee0-0000-4000-8000-00000000beef"

// room is a real room in this process, open to whoever has sharedKey.
type room struct {
	t      *testing.T
	addr   string
	cancel context.CancelFunc
	ended  chan struct{}
}

// startRoom runs a room at addr, or anywhere if that is empty.
func startRoom(t *testing.T, addr string, change ...func(*signaling.Config)) *room {
	t.Helper()
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &room{t: t, addr: l.Addr().String(), cancel: cancel, ended: make(chan struct{})}
	cfg := signaling.Config{
		Key: sharedKey, Secret: make([]byte, control.SecretSize), HTTP: l, MediaListen: "127.0.0.1:0", RedisAddr: closedPort(t),
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
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
	t.Cleanup(r.stop)
	return r
}

// stop ends the room as a restart does: its peers are to come back.
func (r *room) stop() {
	r.t.Helper()
	r.cancel()
	select {
	case <-r.ended:
	case <-time.After(patience):
		r.t.Error("the room does not end")
	}
}

func (r *room) url(page string) string {
	return fmt.Sprintf("http://%s/%s?key=%s", r.addr, page, sharedKey)
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // that is what it is for
	return l.Addr().String()
}

// waitFor polls until f returns nil.
func waitFor(t *testing.T, what string, f func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s: %v", what, err)
		}
		<-time.After(10 * time.Millisecond)
	}
}
