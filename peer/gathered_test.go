package peer

import (
	"net"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
)

// gathering makes a connection that has begun to gather.
func gathering(t *testing.T, servers ...webrtc.ICEServer) *connection {
	t.Helper()
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{ICEServers: servers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { go pc.Close() }) //nolint:errcheck // over; it waits for the silent relay
	if _, err := pc.CreateDataChannel("d", nil); err != nil {
		t.Fatal(err)
	}
	offer, err := pc.CreateOffer(nil)
	if err == nil {
		err = pc.SetLocalDescription(offer)
	}
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(5 * time.Second); pc.ICEGatheringState() == webrtc.ICEGatheringStateNew; time.Sleep(time.Millisecond / 10) {
		if time.Now().After(end) {
			t.Fatal("nothing is gathered within 5s")
		}
	}
	return &connection{pc: pc}
}

// A restart waits for what is gathered, but not for a relay that is silent.
func TestGatheredBeforeARestart(t *testing.T) {
	complete := 0
	for range 20 {
		c := gathering(t)
		c.gathered()
		if c.pc.ICEGatheringState() == webrtc.ICEGatheringStateComplete {
			complete++
		}
	}
	if complete < 18 { // a busy machine may take longer than gatherLimit
		t.Errorf("%d of 20 were complete", complete)
	}
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close() //nolint:errcheck // over
	c := gathering(t, webrtc.ICEServer{URLs: []string{"turn:" + silent.LocalAddr().String()}, Username: "u", Credential: "c"})
	start := time.Now()
	c.gathered()
	if state, d := c.pc.ICEGatheringState(), time.Since(start); state != webrtc.ICEGatheringStateGathering || d < gatherLimit {
		t.Errorf("with a silent relay: %v after %v", state, d)
	}
}

func TestRestartsICE(t *testing.T) {
	const before = "v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
	for _, tt := range []struct {
		offer string
		want  bool
	}{
		{before + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", false},
		{"v=0\r\na=ice-ufrag:efgh\r\na=ice-pwd:0123456789012345678901\r\n", true},
	} {
		if got := restartsICE(before, tt.offer); got != tt.want {
			t.Errorf("%q: %v", tt.offer, got)
		}
	}
}
