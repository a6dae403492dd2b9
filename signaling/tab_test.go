package signaling

import (
	"sync"
	"testing"
	"time"

	"fmt"

	"github.com/pion/webrtc/v4"
	pion "github.com/pion/webrtc/v4/pkg/media"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

// tab is a page that sends sound and a picture, whose websocket and PeerConnection are the test's to break. It waits for the
// room's offer before its own, so somebody else has to be there and publish.
type tab struct {
	t    *testing.T
	room *testRoom
	who  control.Invitee
	mute bool // nothing is published
	deaf bool // takes no candidates of the room; its own, told in messages, have to do

	*raw
	pc    *webrtc.PeerConnection
	done  chan struct{} // closed when the websocket is, and serve has ended
	ended *signal.Ended // as it was told, then

	mu    sync.Mutex
	heard map[string]int // packets on the latest connection by stream id, "<peer>:<source>"
}

func (r *testRoom) openTab(i control.Invitee) *tab { return &tab{t: r.t, room: r, who: i} }

// join opens a websocket and joins; when the room has a fresh media connection it makes a fresh PeerConnection.
func (p *tab) join(m signal.Join) signal.Joined {
	p.t.Helper()
	p.raw = p.room.connect(p.who)
	m.Protocol = signal.Version
	joined := p.raw.joinWith(m)
	if joined.Fresh {
		p.connect()
	}
	p.done = make(chan struct{})
	go p.serve(p.raw, p.pc, p.done)
	return joined
}

// connect makes a PeerConnection and negotiates both ways.
func (p *tab) connect() {
	p.t.Helper()
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { pc.Close() })
	heard := map[string]int{}
	p.mu.Lock()
	p.heard = heard
	p.mu.Unlock()
	p.pc = pc
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			if _, _, err := track.ReadRTP(); err != nil {
				return
			}
			p.mu.Lock()
			heard[track.StreamID()]++
			p.mu.Unlock()
		}
	})
	c := p.raw
	pc.OnICECandidate(func(i *webrtc.ICECandidate) {
		if i != nil {
			init := signal.ICECandidate(i.ToJSON())
			c.send(signal.Candidate{Candidate: &init})
		}
	})
	p.answer(c, pc, expect[signal.ServerOffer](c))
	own := p.publish(pc)
	for {
		offer, err := pc.CreateOffer(nil)
		if err != nil {
			p.t.Fatal(err)
		}
		c.send(signal.ClientOffer{SDP: p.described(offer.SDP), Tracks: own()})
		switch m := p.negotiated(c).(type) {
		case signal.ServerOffer: // the two met, and ours was dropped
			p.answer(c, pc, m)
		case signal.Answer:
			p.must(pc.SetLocalDescription(offer))
			p.must(pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: p.described(m.SDP)}))
			return
		}
	}
}

// described is a description of either side with the candidates that count.
func (p *tab) described(sdp string) string {
	if p.deaf {
		return withoutCandidates.ReplaceAllString(sdp, "")
	}
	return sdp
}

func (p *tab) negotiated(c *raw) signal.ServerMessage {
	p.t.Helper()
	return await(p.t, c.messages, "offer or answer", func(m signal.ServerMessage) bool {
		switch m.(type) {
		case signal.Answer, signal.ServerOffer:
			return true
		}
		return false
	})
}

func (p *tab) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *tab) answer(c *raw, pc *webrtc.PeerConnection, m signal.ServerOffer) {
	if pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: p.described(m.SDP)}) != nil {
		return // closed by the test
	}
	answer, err := pc.CreateAnswer(nil)
	if err == nil && pc.SetLocalDescription(answer) == nil {
		c.send(signal.Answer{SDP: p.described(answer.SDP)})
	}
}

// publish adds a microphone and a camera, which send until pc is closed. The result names their m-lines.
func (p *tab) publish(pc *webrtc.PeerConnection) func() []signal.PublishedTrack {
	if p.mute {
		return func() []signal.PublishedTrack { return []signal.PublishedTrack{} }
	}
	var lines []*webrtc.RTPTransceiver
	for _, codec := range []string{webrtc.MimeTypeOpus, webrtc.MimeTypeVP8} {
		track, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: codec}, codec, "own")
		p.must(err)
		line, err := pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		p.must(err)
		p.must(line.SetMid(fmt.Sprintf("own%d", len(lines))))
		lines = append(lines, line)
		go send(pc, track)
	}
	return func() (list []signal.PublishedTrack) {
		for _, l := range lines {
			list = append(list, signal.PublishedTrack{Mid: l.Mid(), Source: signal.SourceCamera, Kind: l.Kind().String()})
		}
		return list
	}
}

func send(pc *webrtc.PeerConnection, track *webrtc.TrackLocalStaticSample) {
	data := []byte{0xfc, 0xff, 0xfe} // a frame of silence
	if track.Kind() == webrtc.RTPCodecTypeVideo {
		data = []byte{0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x08, 0x00, 0x08, 0x00, 0x00} // the head of a keyframe (RFC 6386, section 9.1)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if pc.ConnectionState() == webrtc.PeerConnectionStateClosed {
			return
		}
		track.WriteSample(pion.Sample{Data: data, Duration: 20 * time.Millisecond}) //nolint:errcheck // the next one says so
	}
}

// serve answers what the room says until the websocket ends.
func (p *tab) serve(c *raw, pc *webrtc.PeerConnection, done chan struct{}) {
	defer close(done)
	for m := range c.messages {
		switch m := m.(type) {
		case signal.ServerOffer:
			p.answer(c, pc, m)
		case signal.Ended:
			p.ended = &m
		}
	}
}

// expectClose waits until the room has closed the websocket with code, without ended.
func (p *tab) expectClose(code int) {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatal("the websocket is not closed")
	}
	p.raw.mu.Lock()
	defer p.raw.mu.Unlock()
	if p.raw.code != code || p.ended != nil {
		p.t.Errorf("closed with %d %q after %+v, want %d and no more", p.raw.code, p.raw.text, p.ended, code)
	}
}

// hears waits until sound or picture of a peer comes on the latest connection.
func (p *tab) hears(from string) {
	p.t.Helper()
	waitFor(p.t, "media of "+from, func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		if n := p.heard[from+":"+signal.SourceCamera]; n < 20 {
			return fmt.Errorf("%d packets", n)
		}
		return nil
	})
}

// awaitClosed waits until the room has ended the latest connection.
func (p *tab) awaitClosed() {
	p.t.Helper()
	waitFor(p.t, "end of the media", func() error {
		if s := p.pc.ConnectionState(); s != webrtc.PeerConnectionStateClosed {
			return fmt.Errorf("it is %s", s)
		}
		return nil
	})
}
