package sfu_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

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

// Who does not answer any more is sent nothing until ICE has found a path again.
func TestNothingIsSentAfterAFailure(t *testing.T) {
	room := newRoom(t)
	a := sfutest.Connect(t, room, "a", sfutest.Options{})
	b := sfutest.Connect(t, room, "b", sfutest.Options{})
	a.Publish("camera", sfu.KindVideo)
	r := b.Receives(a, "camera", sfu.KindVideo, 60, 10*time.Second)
	b.Peer.Becomes(webrtc.PeerConnectionStateFailed)
	time.Sleep(1500 * time.Millisecond) // reports are sent each second
	if b.Peer.Sends() {
		t.Error("packets are still sent where nobody wants them")
	}
	b.Peer.Becomes(webrtc.PeerConnectionStateConnected)
	n := r.Snapshot().Packets
	sfutest.WaitFor(t, 5*time.Second, "media goes on", func() bool { return r.Snapshot().Packets > n+60 })
}

// The address of a peer that has ended is not learnt again.
func TestEndedPeersAreForgotten(t *testing.T) {
	room := newRoom(t)
	p, err := room.Join("a", sfutest.Silent{})
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddrPort("192.0.2.1:9")
	if !p.Learn(addr) {
		t.Error("not learnt")
	}
	p.Close()
	if p.Learn(addr) {
		t.Error("learnt after the end")
	}
}
