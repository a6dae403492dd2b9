package sfu_test

import (
	"net"
	"testing"
	"time"

	"github.com/gotera/gotera/sfu"
)

// Who connects by TCP and says nothing does not keep the room from ending.
func TestSilentConnectionsDoNotHoldTheRoom(t *testing.T) {
	room, err := sfu.New(sfu.Config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		conn, err := net.Dial("tcp", room.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() //nolint:errcheck // over
	}
	<-time.After(100 * time.Millisecond) // until they are accepted
	began := time.Now()
	if err := room.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("the room took %v to end", took)
	}
}
