package sfutest

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
)

// Generated media. A payload is a VP8 descriptor and header (video, vp8.go) or nothing (audio), then mark, the packet's
// number, the first letter of its layer, when it was sent, and the first letter of who sent it.
const (
	defaultFPS      = 30
	packetsPerFrame = 4
	videoPayload    = 1000 // bytes
	audioPayload    = 80
	audioInterval   = 20 * time.Millisecond
	markAt          = 16
	mark            = 0x736675a5
	headerSize      = markAt + 18
)

// Level is the audio level (RFC 6464) that audio is published with unless Publication.Level says otherwise.
const Level = 0x80 | 30

const levelURI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

// Publication is a track that a client publishes, or one simulcast layer of it.
type Publication struct {
	Source string
	Kind   string

	client      *Client
	track       *rawTrack
	transceiver *webrtc.RTPTransceiver
	sender      *webrtc.RTPSender
	halt        chan struct{}
	once        sync.Once
	wantKey     atomic.Bool
	muted       atomic.Bool
	level       atomic.Uint32
	deaf        atomic.Bool
	ssrc        atomic.Uint32 // instead of the negotiated one, when not 0
	temporal    atomic.Int32  // layers
	keyDelay    atomic.Int64
	encoder     encoder // only used by send

	// Keyframes and PLIs count what was sent and asked for.
	Keyframes, PLIs atomic.Int64
}

func (c *Client) newPublication(source, kind, rid string) *Publication {
	p := &Publication{Source: source, Kind: kind, client: c, halt: make(chan struct{})}
	p.track = &rawTrack{id: kind, stream: source, rid: rid, kind: kind, unnamed: c.opt.Unnamed}
	p.wantKey.Store(true)
	p.level.Store(Level)
	p.encoder = newEncoder()
	return p
}

// Publish adds a track and offers it. Media flows as soon as the connection is up.
func (c *Client) Publish(source, kind string) *Publication {
	c.t.Helper()
	p := c.newPublication(source, kind, "")
	c.publish(p)
	return p
}

// PublishSimulcast is Publish for video with layers, lowest first.
func (c *Client) PublishSimulcast(source string, rids ...string) map[string]*Publication {
	c.t.Helper()
	return c.publishSimulcast(source, rids, func(i int) int { return len(rids) - 1 - i })
}

// PublishSimulcastFromTheTop is the same with the highest layer first.
func (c *Client) PublishSimulcastFromTheTop(source string, rids ...string) map[string]*Publication {
	c.t.Helper()
	return c.publishSimulcast(source, rids, func(i int) int { return i })
}

func (c *Client) publishSimulcast(source string, rids []string, scale func(i int) int) map[string]*Publication {
	c.t.Helper()
	var layers []*Publication
	byRID := map[string]*Publication{}
	for i, rid := range rids {
		p := c.newPublication(source, sfu.KindVideo, rid)
		p.encoder.scale = scale(i)
		layers = append(layers, p)
		byRID[rid] = p
	}
	c.publish(layers...)
	return byRID
}

// publish makes one m-line of the layers of a track.
func (c *Client) publish(layers ...*Publication) {
	direction := webrtc.RTPTransceiverDirectionSendonly
	if c.opt.BothWays {
		direction = webrtc.RTPTransceiverDirectionSendrecv
	}
	done := make(chan error, 1)
	c.later(func() {
		t, err := c.PC.AddTransceiverFromTrack(layers[0].track, webrtc.RTPTransceiverInit{Direction: direction})
		for i, p := range layers {
			if err == nil && i > 0 {
				err = t.Sender().AddEncoding(p.track)
			}
			if err == nil {
				p.transceiver, p.sender = t, t.Sender()
			}
		}
		if err == nil {
			c.mu.Lock()
			c.publications = append(c.publications, layers[0])
			c.mu.Unlock()
			c.offer()
		}
		done <- err
	})
	select {
	case err := <-done:
		if err != nil {
			c.t.Fatalf("client %s: publish: %v", c.ID, err)
		}
	case <-c.done:
		return
	}
	for _, p := range layers {
		c.wg.Go(p.readRTCP)
		c.wg.Go(p.send)
	}
}

// Replace sends with a new SSRC and new numbers from now on, as a browser does that restarts its encoder. Pion hands it no
// requests for the new SSRC: it then sends a keyframe each second.
func (p *Publication) Replace() {
	p.ssrc.Store(rand.Uint32())
	p.wantKey.Store(true)
}

// Unpublish removes the track and offers.
func (p *Publication) Unpublish() {
	p.stop()
	p.client.later(func() {
		if err := p.client.PC.RemoveTrack(p.sender); err != nil {
			p.client.fail("unpublish", err)
		}
		p.client.offer()
	})
}

// Level sets the audio level (RFC 6464) of what is published from now on.
func (p *Publication) Level(level byte) { p.level.Store(uint32(level)) }

// Mute stops the packets but not the track, as an unplugged camera does.
func (p *Publication) Mute(on bool) { p.muted.Store(on) }

// Deaf makes the encoder ignore requests for keyframes. When it ends, the last one is answered.
func (p *Publication) Deaf(on bool) { p.deaf.Store(on) }

// Temporal makes the encoder use 1, 2 or 3 temporal layers from its next keyframe on.
func (p *Publication) Temporal(layers int) { p.temporal.Store(int32(layers)) }

// KeyDelay is how long the encoder takes from a request to its keyframe.
func (p *Publication) KeyDelay(d time.Duration) { p.keyDelay.Store(int64(d)) }

// SSRC is the negotiated one.
func (p *Publication) SSRC() uint32 {
	p.track.mu.Lock()
	defer p.track.mu.Unlock()
	return p.track.ssrc
}

// Write sends any packet beside those of the publication.
func (p *Publication) Write(h *rtp.Header, payload []byte) {
	p.track.mu.Lock()
	w := p.track.writer
	p.track.mu.Unlock()
	if w != nil {
		_, _ = w.WriteRTP(h, payload)
	}
}

func (p *Publication) stop() { p.once.Do(func() { close(p.halt) }) }

func (p *Publication) stopped() bool {
	select {
	case <-p.halt:
		return true
	default:
		return false
	}
}

func (p *Publication) readRTCP() {
	b := make([]byte, 1500)
	for {
		n, _, err := p.sender.ReadSimulcast(b, p.track.rid)
		if err != nil {
			return
		}
		packets, err := rtcp.Unmarshal(b[:n])
		if err != nil {
			continue
		}
		for _, pkt := range packets {
			if _, ok := pkt.(*rtcp.PictureLossIndication); ok {
				p.PLIs.Add(1)
				if d := time.Duration(p.keyDelay.Load()); d > 0 {
					time.AfterFunc(d, func() { p.wantKey.Store(true) })
				} else {
					p.wantKey.Store(true)
				}
			}
		}
	}
}

func (p *Publication) send() {
	fps := uint32(cmp.Or(p.client.opt.FPS, defaultFPS))
	interval, step, count, size := time.Second/time.Duration(fps), 90000/fps, packetsPerFrame, videoPayload
	if p.Kind == sfu.KindAudio {
		interval, step, count, size = audioInterval, 960, 1, audioPayload
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	start := rtp.Header{Version: 2, SequenceNumber: 65000, Timestamp: 1<<32 - 90000} // both wrap soon
	if p.track.rid != "" {
		start.Timestamp = rand.Uint32() // layers have nothing in common but the clock of their reports
		size >>= p.encoder.scale
	}
	h := start
	number, begin, ticks, keyed := uint32(0), time.Now(), uint32(0), uint32(0)
	for {
		select {
		case <-p.halt:
			return
		case <-p.client.done:
			return
		case <-tick.C:
		}
		now := uint32(time.Since(begin) / interval) // a busy machine loses ticks; a camera's clock goes on
		h.Timestamp += (now - ticks) * step
		ticks = now
		number += uint32(count)
		if p.client.PC.ConnectionState() != webrtc.PeerConnectionStateConnected || p.muted.Load() {
			continue
		}
		if ssrc := p.ssrc.Load(); ssrc != h.SSRC {
			h = start
			h.SSRC = ssrc
		}
		key := p.Kind == sfu.KindVideo && !p.deaf.Load() && (p.wantKey.Swap(false) || h.SSRC != 0 && ticks-keyed >= fps)
		if key {
			keyed = ticks
			p.Keyframes.Add(1)
		}
		if p.Kind == sfu.KindVideo {
			p.encoder.next(key, int(p.temporal.Load()))
		}
		for i := range count {
			h.Marker = i == count-1
			p.track.write(h, p.transceiver.Mid(), byte(p.level.Load()), p.payload(size, number+uint32(i), i == 0, key))
			h.SequenceNumber++
		}
	}
}

// payload makes packet number of a track.
func (p *Publication) payload(size int, number uint32, first, key bool) []byte {
	b := make([]byte, size)
	switch {
	case p.Kind == sfu.KindAudio:
		b[0] = 1 << 3 // a packet of 20 ms (RFC 6716, section 3.1)
	case p.track.isH264():
		b[0] = 0x61 // a slice that others refer to
		if first && key {
			b[0] = 0x65 // of a picture that refers to none
		}
	default:
		p.encoder.packet(b, first, key)
	}
	binary.BigEndian.PutUint32(b[markAt:], mark)
	binary.BigEndian.PutUint32(b[markAt+4:], number)
	copy(b[markAt+8:markAt+9], p.track.rid)
	binary.BigEndian.PutUint64(b[markAt+9:], uint64(time.Now().UnixNano()))
	copy(b[markAt+17:markAt+18], p.client.ID)
	return b
}

// rawTrack is a webrtc.TrackLocal that sends headers as they are given to it, with mid and rid.
type rawTrack struct {
	id, stream, rid, kind string
	unnamed               bool // packets do not say the rid

	mu                    sync.Mutex
	writer                webrtc.TrackLocalWriter
	ssrc                  uint32
	payloadType           uint8
	redType               uint8 // of redundant audio; 0: not negotiated
	h264                  bool  // because VP8 is not negotiated
	last                  []byte
	midID, ridID, levelID uint8
}

// ID, RID, StreamID, Kind, Bind and Unbind are for webrtc.TrackLocal.
func (t *rawTrack) ID() string                { return t.id }
func (t *rawTrack) RID() string               { return t.rid }
func (t *rawTrack) StreamID() string          { return t.stream }
func (t *rawTrack) Kind() webrtc.RTPCodecType { return webrtc.NewRTPCodecType(t.kind) }

// Bind takes Opus, or VP8 or H.264, whichever is preferred.
func (t *rawTrack) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range c.HeaderExtensions() {
		switch e.URI {
		case sdp.SDESMidURI:
			t.midID = uint8(e.ID)
		case sdp.SDESRTPStreamIDURI:
			t.ridID = uint8(e.ID)
		case levelURI:
			t.levelID = uint8(e.ID)
		}
	}
	for _, p := range c.CodecParameters() {
		if p.MimeType == mimeTypeRED {
			t.redType = uint8(p.PayloadType)
		}
	}
	for _, p := range c.CodecParameters() {
		if p.MimeType == webrtc.MimeTypeVP8 || p.MimeType == webrtc.MimeTypeH264 || p.MimeType == webrtc.MimeTypeOpus {
			t.h264 = p.MimeType == webrtc.MimeTypeH264
			t.writer, t.ssrc, t.payloadType = c.WriteStream(), uint32(c.SSRC()), uint8(p.PayloadType)
			return p, nil
		}
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

func (t *rawTrack) isH264() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.h264
}

// Unbind ends the sending.
func (t *rawTrack) Unbind(webrtc.TrackLocalContext) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.writer = nil
	return nil
}

// followTypes makes the publications send with the payload types of the server's answer (RFC 3264, section 6.1). Pion keeps
// those of a track's first binding, which are its own when the server's offer came first and numbered them otherwise.
func (c *Client) followTypes(answer string) {
	c.mu.Lock()
	pubs := c.publications
	c.mu.Unlock()
	for _, p := range pubs {
		name := "opus/"
		if p.Kind == sfu.KindVideo {
			name = "VP8/"
			if p.track.isH264() {
				name = "H264/"
			}
		}
		for section := range strings.SplitSeq(answer, "\r\nm=") {
			if !strings.Contains(section+"\r\n", "\r\na=mid:"+p.transceiver.Mid()+"\r\n") {
				continue
			}
			for line := range strings.Lines(section) {
				var payload uint8
				var codec string
				if n, _ := fmt.Sscanf(line, "a=rtpmap:%d %s", &payload, &codec); n == 2 && strings.HasPrefix(codec, name) {
					p.track.mu.Lock()
					p.track.payloadType = payload
					p.track.mu.Unlock()
					break
				}
			}
		}
	}
}

func (t *rawTrack) write(h rtp.Header, mid string, level byte, payload []byte) {
	t.mu.Lock()
	w := t.writer
	h.PayloadType = t.payloadType
	if t.redType != 0 {
		h.PayloadType, payload = t.redType, t.redundant(payload)
	}
	if h.SSRC == 0 {
		h.SSRC = t.ssrc
	} else if t.midID != 0 { // not a declared SSRC
		_ = h.SetExtension(t.midID, []byte(mid))
	}
	if t.rid != "" && !t.unnamed {
		_ = h.SetExtension(t.midID, []byte(mid))
		_ = h.SetExtension(t.ridID, []byte(t.rid))
	}
	if t.levelID != 0 && t.kind == sfu.KindAudio {
		_ = h.SetExtension(t.levelID, []byte{level})
	}
	t.mu.Unlock()
	if w != nil {
		_, _ = w.WriteRTP(&h, payload)
	}
}
