package signaling

import (
	"bytes"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/turncred"
)

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
