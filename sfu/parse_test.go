package sfu

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu/dependency"
)

// browserOffer is what a browser with a simulcast camera, a microphone and an m-line of ours says.
const browserOffer = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 s0\r\na=extmap-allow-mixed\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n" +
	"a=fingerprint:sha-256 00:11\r\na=setup:actpass\r\na=mid:0\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n" +
	"a=sendrecv\r\na=msid:- mic\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n" +
	"a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=ssrc:1234 cname:x\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n" +
	"a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n" +
	"a=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n" +
	"a=rtpmap:102 H264/90000\r\na=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n" +
	"a=rtpmap:103 H264/90000\r\na=fmtp:103 packetization-mode=0;profile-level-id=42001f\r\n" +
	"a=rtpmap:104 H264/90000\r\na=fmtp:104 packetization-mode=1;profile-level-id=64001f\r\n" +
	"a=rid:f send\r\na=rid:h send\r\na=rid:q send\r\na=simulcast:send q;~h;f\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:s0\r\na=recvonly\r\na=rtpmap:96 VP8/90000\r\n" +
	"a=ssrc-group:FID 10 11\r\na=ssrc:10 cname:y\r\na=ssrc:11 cname:y\r\n" +
	"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=sctp-port:5000\r\n"

func TestDescribe(t *testing.T) {
	d, err := parseDescription(browserOffer)
	if err != nil {
		t.Fatal(err)
	}
	all := sections(d)
	audio, video, ours := all[0], all[1], all[2]
	if audio.mid != "0" || audio.kind != KindAudio || !audio.sends() || !audio.receives() || audio.ext[audioLevelURI] != 1 ||
		audio.codecs[111] != codecOpus || audio.codecs[63] != codecRED || len(audio.codecs) != 2 || !slices.Equal(audio.primary, []uint32{1234}) {
		t.Errorf("audio: %+v", audio)
	}
	if !slices.Equal(video.rids, []string{"q", "h", "f"}) {
		t.Errorf("rids %v, want the order of the simulcast line", video.rids)
	}
	if video.codecs[96] != codecVP8 || video.codecs[102] != codecH264Constrained || video.codecs[103] != codecNone ||
		video.codecs[104] != codecNone || video.repairs[97] != 96 {
		t.Errorf("video payload types: %v, %v", video.codecs, video.repairs)
	}
	if !video.feedback["nack"] || !video.feedback["nack pli"] || video.feedback["ccm fir"] {
		t.Errorf("video feedback: %v", video.feedback)
	}
	if ours.sends() || !ours.receives() || ours.repair[11] != 10 || !slices.Equal(ours.primary, []uint32{10}) {
		t.Errorf("our m-line: %+v", ours)
	}
}

func TestPrepareOffer(t *testing.T) {
	d, err := parseDescription(browserOffer)
	if err != nil {
		t.Fatal(err)
	}
	prepareOffer(d, func(mid string) lineUse {
		if mid == "s0" {
			return lineIdle
		}
		return lineClient
	}, false)
	after := sections(d)
	for i, want := range []webrtc.RTPTransceiverDirection{
		webrtc.RTPTransceiverDirectionSendonly, webrtc.RTPTransceiverDirectionSendonly, webrtc.RTPTransceiverDirectionRecvonly,
	} {
		if after[i].direction != want {
			t.Errorf("m-line %d: %v, want %v", i, after[i].direction, want)
		}
	}
	if len(after[0].primary) != 1 || len(after[1].primary) != 0 || len(after[2].primary) != 0 {
		t.Errorf("SSRCs left: %v %v %v", after[0].primary, after[1].primary, after[2].primary)
	}
}

// The codec of a payload type that Pion names twice is the one that the client is told: the first.
func TestRepeatsAreReadAsTheyAreTold(t *testing.T) {
	repeated := strings.Replace(browserOffer, "a=rtpmap:103 H264/90000\r\n",
		"a=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=0;profile-level-id=42e01f\r\na=rtpmap:103 H264/90000\r\n", 1)
	d, err := parseDescription(withoutRepeats(repeated))
	if err != nil {
		t.Fatal(err)
	}
	if got := sections(d)[1].codecs[102]; got != codecH264Constrained {
		t.Errorf("payload type 102 is read as codec %d, want %d", got, codecH264Constrained)
	}
}

func TestForSpeech(t *testing.T) {
	want := strings.NewReplacer(
		"SAVPF 111 63\r\n", "SAVPF 63 111\r\n",
		"useinbandfec=1\r\n", "useinbandfec=1;usedtx=1\r\na=rtcp-fb:111 nack\r\n",
	).Replace(browserOffer)
	if got := forSpeech(browserOffer); got != want {
		t.Errorf("got %q", got)
	}
	if got := forSpeech(want); got != want {
		t.Errorf("again: %q", got)
	}
	plain := "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96 8\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 minptime=10\r\nm=video 9 x 97\r\n"
	if got := forSpeech(plain); got != strings.Replace(plain, "minptime=10", "minptime=10;useinbandfec=1;usedtx=1", 1) {
		t.Errorf("without redundancy: %q", got)
	}
}

func TestForPictures(t *testing.T) {
	const extension = "a=extmap:12 " + dependency.URI + "\r\n"
	line := func(format, direction, extension string) string {
		return "m=video 9 UDP/TLS/RTP/SAVPF " + format + " 97\r\n" + extension + "a=rtpmap:96 VP8/90000\r\na=rtpmap:98 VP9/90000\r\na=" + direction + "\r\n"
	}
	text := "v=0\r\n" + line("96", "recvonly", extension) + line("98", "recvonly", extension) + line("96", "sendonly", extension) + line("", "recvonly", extension)
	want := "v=0\r\n" + line("96", "recvonly", "") + line("98", "recvonly", extension) + line("96", "sendonly", extension) + line("", "recvonly", extension)
	if got := forPictures(text); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWithIdleLines(t *testing.T) {
	text := "v=0\r\nm=audio 9 x\r\na=mid:0\r\na=inactive\r\nm=video 9 x\r\na=inactive\r\na=mid:s1\r\nm=video 9 x\r\na=mid:s2\r\na=sendonly\r\n"
	got := withIdleLines(text, func(mid string) bool { return mid == "s1" || mid == "s2" })
	want := strings.Replace(text, "a=inactive\r\na=mid:s1", "a=recvonly\r\na=mid:s1", 1)
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzDescription(f *testing.F) {
	f.Add(browserOffer)
	f.Add(strings.ReplaceAll(browserOffer, "\r\n", "\n"))
	f.Add("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 0 UDP/TLS/RTP/SAVPF 0\r\na=rid: send\r\na=fmtp:\r\na=ssrc:\r\na=extmap: x\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parseDescription(text)
		if err != nil {
			return
		}
		for _, s := range sections(d) {
			if len(s.rids) > maxLayers || len(s.primary) > 2*maxLayers {
				t.Errorf("unbounded: %+v", s)
			}
		}
		prepareOffer(d, func(mid string) lineUse { return lineUse(len(mid) % 3) }, false)
		forSpeech(text)
		forPictures(text)
		withIdleLines(text, func(string) bool { return true })
	})
}

// fuzzPeer is a publisher of one video and one audio track with a subscriber each, without a connection.
func fuzzPeer() *Peer {
	l := benchLayer(1)
	p := l.receiver.peer
	d, _ := parseDescription(browserOffer)
	all := sections(d)
	t := newRoutes()
	t.add(l.receiver, &all[1], &all[1])
	audio := newReceiver(p, Track{ID: "a", Kind: KindAudio}, &all[0], &all[0])
	t.add(audio, &all[0], &all[0])
	p.routes.Store(t)
	return p
}

func FuzzRTP(f *testing.F) {
	add := func(h rtp.Header, payload []byte) {
		b, err := (&rtp.Packet{Header: h, Payload: payload}).Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, b)
	}
	add(rtp.Header{Version: 2, PayloadType: 111, SSRC: 1234}, []byte{1, 2, 3})
	h := rtp.Header{Version: 2, PayloadType: 96, SSRC: 77}
	_ = h.SetExtension(4, []byte("1"))
	_ = h.SetExtension(10, []byte("f"))
	add(h, []byte{0x10, 0, 0})
	h.PayloadType, h.SSRC = 97, 78
	add(h, []byte{0, 1, 0x10, 0, 0})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		p := fuzzPeer()
		defer p.room.wheel.Close()
		for _, pkt := range [][]byte{a, b, a} {
			ssrc := uint32(0)
			if len(pkt) >= 12 {
				ssrc = binary.BigEndian.Uint32(pkt[8:])
			}
			p.link.mu.Lock()
			p.streamLocked(ssrc).receive(pkt)
			p.link.mu.Unlock()
		}
		for _, r := range p.routes.Load().receivers {
			if n := len(*r.layers.Load()); n > maxLayers {
				t.Errorf("%d layers", n)
			}
		}
	})
}

func FuzzRTCP(f *testing.F) {
	for _, pkt := range []rtcp.Packet{
		&rtcp.SenderReport{SSRC: 1, NTPTime: 1 << 40, Reports: []rtcp.ReceptionReport{{SSRC: 0, LastSenderReport: 7}}},
		&rtcp.ReceiverReport{Reports: []rtcp.ReceptionReport{{SSRC: 0}}},
		&rtcp.TransportLayerNack{MediaSSRC: 0, Nacks: []rtcp.NackPair{{PacketID: 1, LostPackets: 0xffff}}},
		&rtcp.PictureLossIndication{MediaSSRC: 0},
		&rtcp.FullIntraRequest{FIR: []rtcp.FIREntry{{SSRC: 0}}},
		&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: 1e6, SSRCs: []uint32{0}},
		&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: 1, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "x"}}}}},
		&rtcp.Goodbye{Sources: []uint32{0, 1}, Reason: "x"},
		&rtcp.ExtendedReport{SenderSSRC: 1, Reports: []rtcp.ReportBlock{&rtcp.DLRRReportBlock{Reports: []rtcp.DLRRReport{{SSRC: 0}}}}},
		&rtcp.TransportLayerCC{MediaSSRC: 0, PacketStatusCount: 1, FbPktCount: 1, PacketChunks: []rtcp.PacketStatusChunk{
			&rtcp.RunLengthChunk{Type: rtcp.TypeTCCRunLengthChunk, PacketStatusSymbol: rtcp.TypeTCCPacketReceivedSmallDelta, RunLength: 1},
		}, RecvDeltas: []*rtcp.RecvDelta{{Type: rtcp.TypeTCCPacketReceivedSmallDelta, Delta: 250}}},
	} {
		b, err := pkt.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p := fuzzPeer()
		defer p.room.wheel.Close()
		s := (*p.routes.Load().receivers[0].senders.Load())[0]
		p.senders.Store(&[]*sender{s})
		ssrc := uint32(0)
		p.handleRTCP(&ssrc, b)
		p.handleRTCP(nil, b)
		s.report(time.Now())
	})
}
