package sfu

import (
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
)

// Pion tells of a channel a moment before anything can be sent on it: what is sent then waits.
func TestFramesWaitForTheirChannel(t *testing.T) {
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close() //nolint:errcheck // over
	for _, label := range []string{"reliable", "lossy"} {
		life := uint16(10_000)
		init := &webrtc.DataChannelInit{}
		if label == "lossy" {
			init.MaxPacketLifeTime = &life
		}
		dc, err := pc.CreateDataChannel(label, init)
		if err != nil {
			t.Fatal(err)
		}
		p := &Peer{}
		c := newChannel(p, dc)
		c.put(Frame{Data: []byte("1"), At: time.Now()})
		c.empty()
		if n, tally := len(c.queue), &p.data.tally; n != 1 || tally.Sent.Load()+tally.Dropped.Load()+tally.Stale.Load() != 0 {
			t.Errorf("%s: %d frames wait, %d were sent, %d dropped", label, n, tally.Sent.Load(), tally.Dropped.Load())
		}
	}
}
