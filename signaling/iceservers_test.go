package signaling

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/proto/turncred"
	"github.com/gotera/gotera/sfu"
)

// Credentials that are given anew overlap those before.
func TestRenewGrants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{relay: relay{urls: []string{"turn:host"}, key: make([]byte, turncred.SecretSize), port: 18080}, peers: map[sfu.PeerID]*peer{}}
		told := &grantTeller{}
		r.peers["a"] = &peer{id: "a", conn: told}
		r.peers["b"] = &peer{id: "b"} // its websocket is lost
		ctx, cancel := context.WithCancel(t.Context())
		go r.renewGrants(ctx)
		time.Sleep(3*grantRenew + time.Second)
		cancel()
		synctest.Wait()
		if len(told.usernames) != 3 {
			t.Fatalf("%d messages in %v, want 3", len(told.usernames), 3*grantRenew)
		}
		last := time.Time{}
		for _, name := range told.usernames {
			g, err := turncred.Parse(name)
			if err != nil || g.Peer != "a" || !g.Expires.After(last) || time.Until(g.Expires) > grantLife {
				t.Errorf("%q after %v: %v", name, last, err)
			}
			last = g.Expires
		}
	})
}

type grantTeller struct {
	teller
	usernames []string
}

func (g *grantTeller) tell(m signal.ServerMessage, _ []byte) {
	g.usernames = append(g.usernames, m.(signal.ICEServers).ICEServers[0].Username)
}

func TestICEServers(t *testing.T) {
	key := turncred.RoomKey(bytes.Repeat([]byte{3}, turncred.SecretSize), 18080)
	r := &room{relay: relay{urls: []string{"turn:host:3478"}, key: key, port: 18080}}
	list := r.iceServers("abcdefgh")
	if len(list) != 1 || len(list[0].URLs) != 1 || list[0].Credential != turncred.Credential(key, list[0].Username) {
		t.Fatalf("got %+v", list)
	}
	g, err := turncred.Parse(list[0].Username)
	if err != nil || g.Port != 18080 || g.Peer != "abcdefgh" {
		t.Errorf("granted %+v, %v", g, err)
	}
	if left := time.Until(g.Expires); left > grantLife || left < grantLife-2*time.Second {
		t.Errorf("good for %v, want %v", left, grantLife)
	}
	for _, without := range []relay{{}, {urls: []string{"turn:host"}}, {key: key}} {
		r.relay = without
		if list := r.iceServers("abcdefgh"); list == nil || len(list) != 0 {
			t.Errorf("of %+v: %v, want an empty list", without, list)
		}
	}
}
