package sfutest

import (
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
)

// Generated media. A payload is a VP8 descriptor (video) or a byte (audio), then mark, then the packet's number.
const (
	fps             = 30
	packetsPerFrame = 4
	videoPayload    = 1000 // bytes
	audioPayload    = 80
	audioInterval   = 20 * time.Millisecond
	markAt          = 6
	mark            = 0x736675a5
)

// Publication is a track that a client publishes.
type Publication struct {
	Source string
	Kind   string

	client      *Client
	track       *webrtc.TrackLocalStaticRTP
	transceiver *webrtc.RTPTransceiver
	sender      *webrtc.RTPSender
	halt        chan struct{}
	once        sync.Once
	wantKey     atomic.Bool
	muted       atomic.Bool

	// Keyframes and PLIs count what was sent and asked for; Packets is the number of the last packet.
	Keyframes, PLIs atomic.Int64
	Packets         atomic.Int64
}

// Publish adds a track and offers it. Media flows as soon as the connection is up.
func (c *Client) Publish(source, kind string) *Publication {
	c.t.Helper()
	mime := webrtc.MimeTypeVP8
	clock, channels := uint32(90000), uint16(0)
	if kind == sfu.KindAudio {
		mime, clock, channels = webrtc.MimeTypeOpus, 48000, 2
	}
	track, err := webrtc.NewTrackLocalStaticRTP(
		webrtc.RTPCodecCapability{MimeType: mime, ClockRate: clock, Channels: channels}, kind, source)
	if err != nil {
		c.t.Fatal(err)
	}
	p := &Publication{Source: source, Kind: kind, client: c, track: track, halt: make(chan struct{})}
	p.wantKey.Store(true)
	done := make(chan struct{})
	c.later(func() {
		defer close(done)
		t, err := c.PC.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		if err != nil {
			c.fail("publish", err)
			return
		}
		p.transceiver, p.sender = t, t.Sender()
		c.mu.Lock()
		c.publications = append(c.publications, p)
		c.mu.Unlock()
		c.offer()
	})
	select {
	case <-done:
	case <-c.done:
		return p
	}
	c.wg.Go(p.readRTCP)
	c.wg.Go(p.send)
	return p
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

// Mute stops the packets but not the track, as a disabled camera does.
func (p *Publication) Mute(on bool) { p.muted.Store(on) }

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
		n, _, err := p.sender.Read(b)
		if errors.Is(err, io.EOF) || err != nil {
			return
		}
		packets, err := rtcp.Unmarshal(b[:n])
		if err != nil {
			continue
		}
		for _, pkt := range packets {
			if _, ok := pkt.(*rtcp.PictureLossIndication); ok {
				p.PLIs.Add(1)
				p.wantKey.Store(true)
			}
		}
	}
}

func (p *Publication) send() {
	interval, step, count, size := time.Second/fps, uint32(90000/fps), packetsPerFrame, videoPayload
	if p.Kind == sfu.KindAudio {
		interval, step, count, size = audioInterval, 960, 1, audioPayload
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	h := rtp.Header{Version: 2, SequenceNumber: 65000, Timestamp: 1<<32 - 90000} // both wrap soon
	number := uint32(0)
	for {
		select {
		case <-p.halt:
			return
		case <-p.client.done:
			return
		case <-tick.C:
		}
		h.Timestamp += step
		if p.client.PC.ConnectionState() != webrtc.PeerConnectionStateConnected || p.muted.Load() {
			continue
		}
		key := p.Kind == sfu.KindVideo && p.wantKey.Swap(false)
		if key {
			p.Keyframes.Add(1)
		}
		for i := range count {
			h.Marker = i == count-1
			_ = p.track.WriteRTP(&rtp.Packet{Header: h, Payload: payload(p.Kind, size, number, i == 0, key)})
			p.Packets.Store(int64(number))
			h.SequenceNumber++
			number++
		}
	}
}

// payload makes packet number of a track.
func payload(kind string, size int, number uint32, first, key bool) []byte {
	b := make([]byte, size)
	if kind == sfu.KindVideo {
		if first {
			b[0] = 0x10 // S: start of partition 0
		}
		if !key {
			b[1] = 1 // P: not a keyframe
		}
	}
	binary.BigEndian.PutUint32(b[markAt:], mark)
	binary.BigEndian.PutUint32(b[markAt+4:], number)
	return b
}
