package signaling

import (
	"log/slog"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// A second websocket that takes over a peer whose media is still being made waits for it: its messages would find none.
func TestResumeWaitsForMedia(t *testing.T) {
	r := &room{log: slog.New(slog.DiscardHandler), peers: map[sfu.PeerID]*peer{}, limits: defaultLimits, events: newEvents()}
	p := newPeer(r, identity{}, newConn(r, identity{}))
	r.peers[p.id] = p
	resumed := make(chan struct{})
	go func() {
		defer close(resumed)
		if got, err := r.add(newConn(r, identity{}), signal.Join{Resume: p.token}); got != p || err != nil {
			t.Errorf("resumed %v, %v", got, err)
		}
	}()
	select {
	case <-resumed:
		t.Fatal("resumed without media")
	case <-time.After(100 * time.Millisecond):
	}
	r.mu.Lock()
	p.media = &sfu.Peer{}
	r.mu.Unlock()
	close(p.made)
	<-resumed
}
