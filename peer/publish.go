package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"

	"github.com/gotera/gotera/proto/signal"
)

// Track is what a peer publishes: encoded frames (Media), or RTP of the caller's own making (Local).
type Track struct {
	Source string // signal.SourceCamera (default), SourceCamera2 or SourceScreen
	Media  Media
	Local  webrtc.TrackLocal
}

// Media is a source of encoded frames. All methods but Keyframe are called from one goroutine.
type Media interface {
	// MIME is the codec as in SDP, for example "video/VP8" or "audio/opus".
	MIME() string
	// Next waits until a frame is due and returns it, and how long it lasts. It ends with ctx or, for good, with io.EOF.
	Next(ctx context.Context) (data []byte, duration time.Duration, err error)
	// Keyframe asks for a frame that can be decoded by itself, soon.
	Keyframe()
}

// publication is one Track and the goroutine that feeds it.
type publication struct {
	track Track
	kind  string
	local webrtc.TrackLocal

	start  sync.Once
	cancel context.CancelFunc
	ctx    context.Context
}

func newPublication(t Track) (*publication, error) {
	if t.Source == "" {
		t.Source = signal.SourceCamera
	}
	pub := &publication{track: t, local: t.Local}
	pub.ctx, pub.cancel = context.WithCancel(context.Background())
	switch {
	case t.Local != nil:
		pub.kind = t.Local.Kind().String()
		return pub, nil
	case t.Media == nil:
		return nil, errors.New("a track has neither Media nor Local")
	}
	kind, _, _ := strings.Cut(t.Media.MIME(), "/")
	if kind != signal.KindAudio && kind != signal.KindVideo {
		return nil, fmt.Errorf("codec %q is neither audio nor video", t.Media.MIME())
	}
	pub.kind = kind
	codec := webrtc.RTPCodecCapability{MimeType: t.Media.MIME(), ClockRate: 90000}
	if kind == signal.KindAudio {
		codec.ClockRate, codec.Channels = 48000, 2 // Opus is always announced as stereo (RFC 7587, section 7)
	}
	var err error
	pub.local, err = webrtc.NewTrackLocalStaticSample(codec, t.Source+"-"+kind, t.Source)
	return pub, err
}

// Publish adds a track. It is there until Unpublish or the end.
func (p *Peer) Publish(t Track) error {
	pub, err := newPublication(t)
	if err != nil {
		return err
	}
	return p.post(func() {
		p.loop.published = append(p.loop.published, pub)
		if c := p.loop.pc; c != nil {
			if err := p.attach(c, pub); err != nil {
				p.broken("publish", err)
				return
			}
			p.negotiate()
		}
	})
}

// Unpublish ends all tracks of a source.
func (p *Peer) Unpublish(source string) error {
	return p.post(func() {
		l := &p.loop
		kept := l.published[:0]
		for _, pub := range l.published {
			if pub.track.Source != source {
				kept = append(kept, pub)
				continue
			}
			pub.stop()
			if l.pc != nil {
				p.detach(l.pc, pub)
			}
		}
		clear(l.published[len(kept):])
		l.published = kept
		if l.pc != nil {
			p.negotiate()
		}
	})
}

// attach puts pub on an m-line of c. Sending only: such a line is never matched to one of the room's.
func (p *Peer) attach(c *connection, pub *publication) error {
	t, err := c.pc.AddTransceiverFromTrack(pub.local, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		return fmt.Errorf("publish %s of %s: %w", pub.kind, pub.track.Source, err)
	}
	c.lines = append(c.lines, &line{pub: pub, transceiver: t})
	p.wg.Go(func() { pub.feedback(t.Sender()) })
	pub.start.Do(func() {
		if pub.track.Media != nil {
			p.wg.Go(func() { p.pump(pub) })
		}
	})
	return nil
}

func (p *Peer) detach(c *connection, pub *publication) {
	for _, line := range c.lines {
		if line.pub == pub {
			line.pub = nil
			if err := c.pc.RemoveTrack(line.transceiver.Sender()); err != nil {
				p.broken("unpublish", err)
			}
		}
	}
}

func (pub *publication) stop() { pub.cancel() }

// pump sends frames as they come. Before the connection is there they go nowhere.
func (p *Peer) pump(pub *publication) {
	out := pub.local.(*webrtc.TrackLocalStaticSample)
	for {
		data, d, err := pub.track.Media.Next(pub.ctx)
		if err != nil {
			if pub.ctx.Err() == nil && !errors.Is(err, io.EOF) {
				p.log.Warn("media ended", "source", pub.track.Source, "kind", pub.kind, "err", err)
			}
			return
		}
		if err := out.WriteSample(media.Sample{Data: data, Duration: d}); err != nil && !errors.Is(err, io.ErrClosedPipe) {
			p.log.Debug("frame not sent", "err", err)
		}
	}
}

// feedback reads what receivers say of a track, until its PeerConnection closes.
func (pub *publication) feedback(s *webrtc.RTPSender) {
	for {
		packets, _, err := s.ReadRTCP()
		if err != nil {
			return
		}
		for _, packet := range packets {
			switch packet.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				if pub.track.Media != nil {
					pub.track.Media.Keyframe()
				}
			}
		}
	}
}
