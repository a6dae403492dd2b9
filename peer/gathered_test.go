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

// An offer restarts ICE when it says so, and when it crosses a restart of our own.
func TestRestartsICE(t *testing.T) {
	c := gathering(t)
	room, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close() //nolint:errcheck // over
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(room.SetRemoteDescription(*c.pc.LocalDescription()))
	answer, err := room.CreateAnswer(nil)
	must(err)
	must(room.SetLocalDescription(answer))
	must(c.pc.SetRemoteDescription(answer))
	offer := func(restart bool) string {
		t.Helper()
		o, err := room.CreateOffer(&webrtc.OfferOptions{ICERestart: restart})
		must(err)
		return o.SDP
	}
	started := func() bool { // Pion does that beside
		known, err := c.pc.SCTP().Transport().ICETransport().GetRemoteParameters()
		return err == nil && known.UsernameFragment != ""
	}
	for end := time.Now().Add(5 * time.Second); !started(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("ICE does not start within 5s")
		}
	}
	ordinary := offer(false)
	if c.restartsICE(ordinary) {
		t.Error("an ordinary offer is taken for a restart")
	}
	if !c.restartsICE(offer(true)) {
		t.Error("a restart is not seen")
	}
	_, err = c.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
	must(err)
	if !c.restartsICE(ordinary) {
		t.Error("nor is one by an ordinary offer that crosses our own")
	}
}
