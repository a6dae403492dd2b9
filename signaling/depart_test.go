package signaling

import (
	"io"
	"log/slog"
	"testing"
	"time"
)

// A timer that was late, for a websocket that came back and was lost again, does not end the peer: the second loss has its whole time.
func TestOldTimerEndsNobody(t *testing.T) {
	r := newRoom(Config{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), limits: defaultLimits}, nil)
	defer r.cancel()
	p := newPeer(r, identity{}, nil)
	r.peers[p.id] = p
	r.lose(p, p.conn)
	p.connected = false
	r.expire(p)
	if p.gone {
		t.Fatal("it is gone at once")
	}
	p.lostAt = time.Now().Add(-r.limits.resume)
	r.expire(p)
	if !p.gone {
		t.Error("it stays for ever")
	}
}
