package sfu_test

import (
	"testing"
	"time"

	"github.com/pion/rtcp"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// While ICE restarts it waits for who reads from its path, who waits for the packet before, whose handling sends RTCP: that
// must not wait for ICE.
func TestPacketsAreHandledWhileICERestarts(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{TCP: true})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	r := b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	handled := make(chan struct{})
	go a.Peer.Handling(func() {
		time.Sleep(200 * time.Millisecond) // the next packet waits
		a.Restart()
		time.Sleep(500 * time.Millisecond) // ICE waits for its reader
		a.Peer.SendRTCP(&rtcp.PictureLossIndication{MediaSSRC: 1})
		close(handled)
	})
	select {
	case <-handled:
	case <-time.After(5 * time.Second):
		t.Fatal("the handling of a packet waits for ICE, which waits for it")
	}
	n := r.Snapshot().Packets
	sfutest.WaitFor(t, 10*time.Second, "media goes on", func() bool { return r.Snapshot().Packets > n+60 })
}
