package sfu

import (
	"slices"
	"testing"

	"github.com/pion/rtcp"
)

// What is said of one stream many times in a packet costs no more than once, and what one packet says of many is counted.
func TestCrowdedFeedback(t *testing.T) {
	s := (*benchLayer(1).receiver.senders.Load())[0]
	p := s.peer
	defer p.room.wheel.Close()
	p.senders.Store(&[]*sender{s})
	s.binding.Load().ssrc = 5
	const ssrc = 5
	handle := func(packets ...rtcp.Packet) {
		t.Helper()
		b, err := rtcp.Marshal(packets)
		if err != nil {
			t.Fatal(err)
		}
		p.handleRTCP(nil, b)
	}
	fir := &rtcp.FullIntraRequest{MediaSSRC: ssrc, FIR: slices.Repeat([]rtcp.FIREntry{{SSRC: ssrc}}, 150)}
	handle(fir)
	if n := s.plis.Load(); n != 1 {
		t.Errorf("a request for a keyframe counts %d times", n)
	}
	before := p.inflow.rtcp.Load()
	handle(&rtcp.TransportLayerNack{MediaSSRC: ssrc, Nacks: slices.Repeat([]rtcp.NackPair{{PacketID: 1, LostPackets: 0xffff}}, 200)})
	if n := p.inflow.rtcp.Load() - before; n < 20 {
		t.Errorf("3,400 packets asked for again count as %d packets", n)
	}
	before = p.inflow.rtcp.Load()
	chunks := []rtcp.PacketStatusChunk{}
	for left := 65535; left > 0; left -= 8191 {
		chunks = append(chunks, &rtcp.RunLengthChunk{PacketStatusSymbol: rtcp.TypeTCCPacketNotReceived, RunLength: uint16(min(left, 8191))})
	}
	handle(&rtcp.TransportLayerCC{
		Header:    rtcp.Header{Count: rtcp.FormatTCC, Type: rtcp.TypeTransportSpecificFeedback, Length: uint16(4 + (len(chunks)+1)/2)},
		MediaSSRC: ssrc, PacketStatusCount: 65535, PacketChunks: chunks,
	})
	if n := p.inflow.rtcp.Load() - before; n < 500 {
		t.Errorf("feedback on 65,535 packets counts as %d packets", n)
	}
}
