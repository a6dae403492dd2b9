package peer_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/peer/peertest"
	"github.com/gotera/gotera/proto/turncred"
	"github.com/gotera/gotera/signaling"
)

// silentRelay is a TURN server behind a firewall: it takes connections and says nothing.
type silentRelay struct {
	addr    string
	asked   chan struct{} // gets one for each connection
	givenUp chan struct{} // closed when the first is
}

func newSilentRelay(t *testing.T) *silentRelay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &silentRelay{addr: l.Addr().String(), asked: make(chan struct{}, 100), givenUp: make(chan struct{})}
	go func() {
		for first := true; ; first = false {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.asked <- struct{}{}
			go func() {
				io.Copy(io.Discard, c) //nolint:errcheck // until it ends
				c.Close()              //nolint:errcheck // over
				if first {
					close(s.givenUp)
				}
			}()
		}
	}()
	return s
}

// config makes a room tell of it.
func (s *silentRelay) config(scheme string) func(*signaling.Config) {
	return func(c *signaling.Config) {
		c.TURNURLs, c.TURNKey = []string{scheme + ":" + s.addr + "?transport=tcp"}, make([]byte, turncred.SecretSize)
	}
}

// A fresh connection does not wait until the one before has given up a relay that does not answer.
func TestFreshConnectionWaitsForNoRelay(t *testing.T) {
	s := newSilentRelay(t)
	room := peertest.StartRoom(t, "", s.config("turns"))
	connects := make(chan bool, 10)
	join(t, room.URL("devices"), peer.Options{OnConnect: func(resumed bool) { connects <- resumed }})
	<-connects
	<-s.asked
	room.Stop()
	peertest.StartRoom(t, room.Addr, s.config("turns"))
	select {
	case <-connects:
	case <-s.givenUp:
		t.Error("it has waited for the relay")
	case <-time.After(patience):
		t.Error("it does not come back")
	}
}

// Nor does the end of a peer.
func TestCloseWaitsForNoRelay(t *testing.T) {
	for _, scheme := range []string{"turn", "turns"} {
		s := newSilentRelay(t)
		p := join(t, peertest.StartRoom(t, "", s.config(scheme)).URL("devices"), peer.Options{})
		<-s.asked
		began := time.Now()
		p.Close()
		if took := time.Since(began); took > 5*time.Second { // a relay has 8 s, one with TLS 10
			t.Errorf("%s: Close took %v", scheme, took)
		}
	}
}
