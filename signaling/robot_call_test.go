package signaling

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
)

// nativeCall is its connection with one other client.
type nativeCall struct {
	client   *nativeClient
	to, name string
	pc       *webrtc.PeerConnection
	dc       *webrtc.DataChannel
	answered bool
	refused  bool
	takes    int            // m-lines on which the room takes media
	packets  map[string]int // by kind
	texts    []string
}

// call calls one of the list, unless it is connected.
func (c *nativeClient) call(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := ""
	for _, e := range c.clients {
		if *e.ID == id {
			name = *e.Name
		}
	}
	if name == "" {
		c.t.Errorf("make-peer-call of %s, which is not in room-clients", id)
		return
	}
	if c.calls[id] != nil || id == c.id {
		return
	}
	k := &nativeCall{client: c, to: id, name: name, packets: map[string]int{}}
	if err := k.open(); err != nil {
		c.t.Error(err)
		return
	}
	c.calls[id] = k
	c.all = append(c.all, k)
	gathered := webrtc.GatheringCompletePromise(k.pc)
	offer, err := k.pc.CreateOffer(nil)
	if err == nil {
		err = k.pc.SetLocalDescription(offer)
	}
	if err != nil {
		c.t.Error(err)
		return
	}
	data := map[string]any{"toId": id, "offer": map[string]string{"type": "offer", "sdp": offer.SDP}}
	if c.late {
		c.wg.Go(func() {
			<-gathered
			c.send("call-peer", data)
		})
		return
	}
	raw, _ := json.Marshal(map[string]any{"event": "call-peer", "data": data})
	c.ws.WriteMessage(websocket.TextMessage, raw) //nolint:errcheck // the room may have closed
}

// cutConn is a socket whose network can be interrupted.
type cutConn struct {
	net.PacketConn
	cut *atomic.Bool
}

func (c cutConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.PacketConn.ReadFrom(b)
		if err != nil || !c.cut.Load() {
			return n, from, err
		}
	}
}

func (c cutConn) WriteTo(b []byte, to net.Addr) (int, error) {
	if c.cut.Load() {
		return len(b), nil
	}
	return c.PacketConn.WriteTo(b, to)
}

func (k *nativeCall) open() error {
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetICETimeouts(2*time.Second, 4*time.Second, 500*time.Millisecond)
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: cutConn{socket, &k.client.cut}})
	k.client.t.Cleanup(func() { mux.Close() }) //nolint:errcheck // the test is over
	s.SetICEUDPMux(mux)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(s)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return err
	}
	c := k.client
	k.pc = pc
	pc.OnICECandidate(func(i *webrtc.ICECandidate) {
		if i != nil && !c.secret {
			c.send("send-ice-candidate", map[string]any{"toId": k.to, "candidate": i.ToJSON()})
		}
	})
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		switch s {
		case webrtc.PeerConnectionStateDisconnected, webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
			c.drop(k)
		}
	})
	pc.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			if _, _, err := t.ReadRTP(); err != nil {
				return
			}
			c.mu.Lock()
			k.packets[t.Kind().String()]++
			c.mu.Unlock()
		}
	})
	if c.data {
		k.dc, err = pc.CreateDataChannel(c.room, nil)
		if err == nil {
			k.dc.OnMessage(func(m webrtc.DataChannelMessage) {
				c.mu.Lock()
				defer c.mu.Unlock()
				k.texts = append(k.texts, string(m.Data))
			})
		}
		return err
	}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio} {
		if err := k.addLine(kind); err != nil {
			return err
		}
	}
	return nil
}

func (k *nativeCall) addLine(kind webrtc.RTPCodecType) error {
	direction := webrtc.RTPTransceiverDirectionSendrecv
	for _, track := range k.client.pump {
		if track.Kind() != kind {
			continue
		}
		if !k.client.receives {
			direction = webrtc.RTPTransceiverDirectionSendonly
		}
		_, err := k.pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: direction})
		return err
	}
	if !k.client.receives {
		return nil
	}
	_, err := k.pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
	return err
}

// drop forgets a connection that was interrupted, as the native client does; it does not call again by itself.
func (c *nativeClient) drop(k *nativeCall) {
	c.mu.Lock()
	if c.calls[k.to] == k {
		delete(c.calls, k.to)
	}
	c.mu.Unlock()
	go k.pc.Close() //nolint:errcheck // not from a callback of its own
}

func (c *nativeClient) onAnswer(data json.RawMessage) {
	m := strict[struct {
		From   *string `json:"fromId"`
		Answer *struct {
			Type *string `json:"type"`
			SDP  *string `json:"sdp"`
		} `json:"answer"`
	}](c, "peer-call-answer-received", data)
	if m.From == nil || m.Answer != nil && (m.Answer.SDP == nil || m.Answer.Type == nil || *m.Answer.Type != "answer") {
		c.t.Errorf("answer %s", data)
		return
	}
	c.mu.Lock()
	if m.Answer == nil {
		c.refusals++
	}
	k := c.calls[*m.From]
	if k != nil && m.Answer == nil {
		k.refused = true
		delete(c.calls, k.to)
	}
	c.mu.Unlock()
	if k == nil || m.Answer == nil {
		return
	}
	if err := k.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: *m.Answer.SDP}); err != nil {
		c.t.Errorf("answer: %v", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	k.answered = true
	k.takes = strings.Count(*m.Answer.SDP, "a=recvonly") + strings.Count(*m.Answer.SDP, "a=sendrecv")
}

func (c *nativeClient) onCandidate(data json.RawMessage) {
	m := strict[struct {
		From      *string `json:"fromId"`
		Candidate *struct {
			Mid   *string `json:"sdpMid"`
			Index *uint16 `json:"sdpMLineIndex"`
			Line  *string `json:"candidate"`
		} `json:"candidate"`
	}](c, "ice-candidate-received", data)
	if m.From == nil || m.Candidate == nil || m.Candidate.Mid == nil || m.Candidate.Index == nil || m.Candidate.Line == nil {
		c.t.Errorf("candidate %s", data)
		return
	}
	c.mu.Lock()
	k := c.calls[*m.From]
	early := k != nil && !k.answered
	c.mu.Unlock()
	if k == nil || c.deaf {
		return
	}
	if early {
		c.t.Error("a candidate came before the answer: libwebrtc drops it")
	}
	if err := k.pc.AddICECandidate(webrtc.ICECandidateInit{Candidate: *m.Candidate.Line, SDPMid: m.Candidate.Mid, SDPMLineIndex: m.Candidate.Index}); err != nil {
		c.t.Errorf("candidate: %v", err)
	}
}

// with waits for a connection with a client of that name on which f is content.
func (c *nativeClient) with(name, what string, f func(*nativeCall) bool) *nativeCall {
	c.t.Helper()
	var found *nativeCall
	waitUpTo(c.t, 3*patience, what+" with "+name, func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		var seen []string
		for _, k := range c.calls {
			if k.name == name && f(k) {
				found = k
				return nil
			}
			seen = append(seen, fmt.Sprintf("%s %v %q takes %d", k.name, k.packets, k.texts, k.takes))
		}
		return fmt.Errorf("%s is connected with %v", c.name, seen)
	})
	return found
}

// media waits for sound and picture of somebody.
func (c *nativeClient) media(name string) *nativeCall {
	c.t.Helper()
	return c.with(name, "media", func(k *nativeCall) bool { return k.packets["video"] > 10 && k.packets["audio"] > 10 })
}

// publishing is how many connections take its media.
func (c *nativeClient) publishing() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.calls {
		if k.takes > 0 {
			n++
		}
	}
	return n
}
