package sfu

import (
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/wheel"
)

// discard is a subscriber's connection that takes everything.
type discard struct{}

func (discard) WriteRTP(_ *rtp.Header, payload []byte) (int, error) { return len(payload), nil }
func (discard) Write(b []byte) (int, error)                         { return len(b), nil }

// benchLayer makes a published video track with n subscribers, without connections.
func benchLayer(n int) *layer {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	room := &Room{log: log, wheel: wheel.New()}
	newTestPeer := func(id PeerID) *Peer {
		p := &Peer{id: id, room: room, since: time.Now()}
		p.routes.Store(newRoutes())
		p.senders.Store(&[]*sender{})
		p.reportTimer = room.wheel.NewTimer(p.sendReports)
		p.allocateTimer = room.wheel.NewTimer(p.allocate)
		p.needTimer = room.wheel.NewTimer(p.tellNeeds)
		return p
	}
	r := newReceiver(newTestPeer("a"), Track{ID: "a:camera:video", Peer: "a", Source: "camera", Kind: KindVideo}, &section{}, &section{})
	l := r.bind("", 1)
	for i := range n {
		s := newSender(newTestPeer(PeerID(fmt.Sprint(i))), r)
		b := &binding{writer: discard{}, ssrc: uint32(i), transport: 3}
		b.payloads[codecVP8] = uint8(webrtc.PayloadType(96))
		s.binding.Store(b)
		s.live.Store(true)
		r.add(s)
	}
	return l
}

// BenchmarkForward is the room's own work for one packet: history, loss accounting, and a rewritten header for each
// subscriber. Encryption and the socket are not in it.
func BenchmarkForward(b *testing.B) {
	for _, n := range []int{0, 1, 3, 9, 50} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := benchLayer(n)
			payload := make([]byte, 1100)
			payload[0] = 0x10 // a keyframe's first packet, so that the subscribers begin
			h := rtp.Header{Version: 2, PayloadType: 96, SSRC: 1}
			b.ReportAllocs()
			for b.Loop() {
				l.receive(&h, codecVP8, payload, false)
				h.SequenceNumber++
				payload[1] = 1
			}
		})
	}
}

// BenchmarkForwardTemporal is the same for a stream with temporal layers whose upper ones the subscribers do not get: picture
// ids are rewritten, in a copy of the payload.
func BenchmarkForwardTemporal(b *testing.B) {
	const n = 9
	l := benchLayer(n)
	for _, s := range *l.receiver.senders.Load() {
		s.setTarget(allocation.Layer{})
	}
	payload := make([]byte, 1100)
	copy(payload, []byte{0x90, 0xe0, 0x80, 0, 0, 0, 0})
	h := rtp.Header{Version: 2, PayloadType: 96, SSRC: 1}
	picture := uint16(0)
	b.ReportAllocs()
	for b.Loop() {
		l.receive(&h, codecVP8, payload, false)
		h.SequenceNumber++
		h.Timestamp += 3000
		picture++
		binary.BigEndian.PutUint16(payload[2:], 0x8000|picture)
		payload[4] = byte(picture / 2)
		payload[5] = byte(picture%2) << 6
		payload[6] = 1
	}
	sent := (*l.receiver.senders.Load())[0].packets.Load()
	b.ReportMetric(float64(sent)/float64(b.N), "sent/packet")
}
