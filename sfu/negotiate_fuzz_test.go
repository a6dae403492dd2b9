package sfu

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"
)

// noted is a Handler that keeps the last description for the client.
type noted struct{ sdp string }

func (n *noted) Offer(sdp string, _ []SentTrack)  { n.sdp = sdp }
func (n *noted) Answer(sdp string)                { n.sdp = sdp }
func (*noted) Candidate(*webrtc.ICECandidateInit) {}
func (*noted) Published([]Track)                  {}
func (*noted) Message(Frame)                      {}
func (*noted) Speakers([]Track)                   {}
func (*noted) Stalled([]StalledTrack)             {}
func (*noted) Reduced([]ReducedTrack)             {}
func (*noted) Needed([]Need)                      {}
func (*noted) RestartSource(Track)                {}
func (*noted) State(webrtc.PeerConnectionState)   {}
func (*noted) Closed(error)                       {}

// fuzzRoom is a room in which somebody publishes a picture and a sound.
func fuzzRoom(f *testing.F) *Room {
	room, err := New(Config{Listen: "127.0.0.1:0", Loopback: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = room.Close() })
	d, err := parseDescription(browserOffer)
	if err != nil {
		f.Fatal(err)
	}
	all := sections(d)
	p, err := newPeer(room, "publisher", &noted{}, Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(p.leave)
	t := newRoutes()
	for i, kind := range []string{KindAudio, KindVideo} {
		t.add(newReceiver(p, Track{ID: "publisher:camera:" + kind, Peer: p.id, Source: "camera", Kind: kind}, &all[i], &all[i]), &all[i], &all[i])
	}
	p.routes.Store(t)
	room.peers[p.id] = p
	return room
}

// fuzzJoin is a peer of room without its goroutine: the fuzz target is it.
func fuzzJoin(t testing.TB, room *Room) (*Peer, *noted) {
	h := &noted{}
	p, err := newPeer(room, "fuzzed", h, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p, h
}

// leave ends a peer of fuzzJoin.
func (p *Peer) leave() {
	p.Close()
	p.end()
}

// realOffer is what a client with a camera, a microphone and a data channel offers.
func realOffer(f testing.TB) string {
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		f.Fatal(err)
	}
	defer pc.Close() //nolint:errcheck // only its offer counts
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		if _, err := pc.AddTransceiverFromKind(kind); err != nil {
			f.Fatal(err)
		}
	}
	if _, err := pc.CreateDataChannel("reliable", nil); err != nil {
		f.Fatal(err)
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		f.Fatal(err)
	}
	return offer.SDP
}

var fuzzTracks = []PublishedTrack{{"0", "camera", KindAudio}, {"1", "camera", KindVideo}, {"2", "screen", KindVideo}}

// FuzzOffer gives a client's offer, twice, to a real connection.
func FuzzOffer(f *testing.F) {
	room := fuzzRoom(f)
	offer := realOffer(f)
	f.Add(offer)
	f.Add(browserOffer)
	f.Add(strings.ReplaceAll(offer, "a=mid:1", "a=mid:s0"))
	f.Add(strings.ReplaceAll(offer, "a=setup:actpass", "a=setup:holdconn"))
	f.Add(strings.ReplaceAll(offer, "UDP/TLS/RTP/SAVPF", "RTP/AVP"))
	f.Add(strings.ReplaceAll(offer, "a=group:BUNDLE 0 1 2", "a=group:BUNDLE"))
	f.Fuzz(func(t *testing.T, text string) {
		p, h := fuzzJoin(t, room)
		defer p.leave()
		if p.takeOffer(text, fuzzTracks) != nil {
			return
		}
		if _, err := parseDescription(h.sdp); err != nil {
			t.Fatalf("the answer cannot be read: %v", err)
		}
		_ = p.takeOffer(text, fuzzTracks)
		if n := len(p.routes.Load().receivers); n > maxPublished {
			t.Errorf("%d tracks", n)
		}
	})
}

// FuzzAnswer gives a client's answer to the room's offer of a sound and a picture.
func FuzzAnswer(f *testing.F) {
	room := fuzzRoom(f)
	p, h := fuzzJoin(f, room)
	p.negotiate()
	p.release() // nothing runs its events
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		f.Fatal(err)
	}
	if err = pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: h.sdp}); err != nil {
		f.Fatal(err)
	}
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		f.Fatal(err)
	}
	_ = pc.Close()
	p.leave()
	f.Add(answer.SDP)
	f.Add(strings.ReplaceAll(answer.SDP, "a=recvonly", "a=inactive"))
	f.Add(strings.ReplaceAll(answer.SDP, "a=recvonly", "a=sendrecv"))
	f.Add(strings.ReplaceAll(answer.SDP, "m=video 9", "m=video 0"))
	f.Add(strings.ReplaceAll(answer.SDP, "a=mid:s0", "a=mid:s1"))
	f.Add(browserOffer)
	f.Fuzz(func(t *testing.T, text string) {
		p, _ := fuzzJoin(t, room)
		defer p.leave()
		p.negotiate()
		p.release() // nothing runs its events
		if p.offered == "" {
			t.Fatal("no offer")
		}
		p.clientAnswer(text)
		p.clientAnswer(text)
	})
}

// FuzzCandidate gives a client's candidate to a connection that has its description.
func FuzzCandidate(f *testing.F) {
	room := fuzzRoom(f)
	offer := realOffer(f)
	p, _ := fuzzJoin(f, room)
	f.Cleanup(p.leave)
	if err := p.takeOffer(offer, fuzzTracks); err != nil {
		f.Fatal(err)
	}
	f.Add("candidate:1 1 udp 2130706431 127.0.0.1 9 typ host", "0", uint16(0), "u")
	f.Add("candidate:1 1 tcp 2130706431 127.0.0.1 9 typ host tcptype passive", "s0", uint16(9), "")
	f.Add("candidate:1 1 udp 1 ::1 70000 typ srflx raddr 0.0.0.0 rport 0", "", uint16(65535), "u")
	f.Add("candidate:1 1 udp 1 4d5a.local 1 typ host", "", uint16(0), "")
	f.Add("", "0", uint16(0), "")
	f.Fuzz(func(t *testing.T, candidate, mid string, line uint16, ufrag string) {
		p.addCandidate(webrtc.ICECandidateInit{Candidate: candidate, SDPMid: &mid, SDPMLineIndex: &line, UsernameFragment: &ufrag})
	})
}
