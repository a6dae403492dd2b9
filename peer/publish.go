package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/proto/signal"
)

// Track is what a peer publishes: encoded frames (Media), RTP of another sender (Packets), or a track of the caller's own
// making (Local).
type Track struct {
	Source  string // signal.SourceCamera (default), SourceCamera2 or SourceScreen
	Media   Media
	Packets Packets
	Local   webrtc.TrackLocal
}

// Media is a source of encoded frames. All methods but Keyframe are called from one goroutine. If it is an io.Closer, it is
// closed when it is not published any more.
type Media interface {
	// MIME is the codec as in SDP, for example "video/VP8" or "audio/opus".
	MIME() string
	// Next waits until a frame is due and returns it, and how long it lasts; 0: it is live, and stamped with the time of its
	// coming. It ends with ctx or, for good, with io.EOF.
	Next(ctx context.Context) (data []byte, duration time.Duration, err error)
	// Keyframe asks for a frame that can be decoded by itself, soon.
	Keyframe()
}

// Packets is a source of RTP packets, whose payloads are sent on as they are. The rest is as with Media.
type Packets interface {
	MIME() string
	NextPacket(ctx context.Context) (*rtp.Packet, error)
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

	out     *outgoing     // nil with Local; used by pump
	quiet   atomic.Bool   // nobody watches: nothing is sent
	packets atomic.Uint64 // sent
	sentAt  atomic.Int64  // Unix nanoseconds of the last packet sent
	proven  atomic.Int64  // likewise, of the last report that the room gets packets of it
	highest atomic.Uint32 // of the last report
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
	case t.Media == nil && t.Packets == nil:
		return nil, errors.New("a track has neither Media, Packets nor Local")
	}
	mime := pub.mime()
	kind, _, _ := strings.Cut(mime, "/")
	if kind != signal.KindAudio && kind != signal.KindVideo {
		return nil, fmt.Errorf("codec %q is neither audio nor video", mime)
	}
	pub.kind = kind
	var err error
	if pub.out, err = newOutgoing(mime, t.Source+"-"+kind, t.Source); err != nil {
		return nil, err
	}
	pub.local = pub.out.track
	return pub, nil
}

func (pub *publication) mime() string {
	if pub.track.Packets != nil {
		return pub.track.Packets.MIME()
	}
	return pub.track.Media.MIME()
}

// Publish adds a track. It is there until Unpublish or the end.
func (p *Peer) Publish(t Track) error {
	pub, err := newPublication(t)
	if err != nil {
		return err
	}
	return p.post(func() {
		p.loop.published = append(p.loop.published, pub)
		p.notePublished()
		if c := p.loop.pc; c != nil {
			if c.spent() >= maxSpent {
				p.log.Info("a fresh connection, for all the m-lines that are not used any more")
				p.refresh()
				return
			}
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
		p.notePublished()
		if l.pc != nil {
			p.negotiate()
		}
	})
}

// maxSpent is how many m-lines of what has been unpublished a connection may have: Pion cannot use one again (a sender that is
// made by itself has neither the payload types nor the interceptors of the connection, and is stopped by an offer of the
// room's that crosses it), and the room takes 256 m-lines.
const maxSpent = 50

// spent counts the m-lines on which nothing is published any more.
func (c *connection) spent() (n int) {
	for _, line := range c.lines {
		if line.pub == nil {
			n++
		}
	}
	return n
}

// attach puts pub on an m-line of c. Sending only: such a line is never matched to one of the room's.
func (p *Peer) attach(c *connection, pub *publication) error {
	t, err := c.pc.AddTransceiverFromTrack(pub.local, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		return fmt.Errorf("publish %s of %s: %w", pub.kind, pub.track.Source, err)
	}
	c.lines = append(c.lines, &line{pub: pub, transceiver: t})
	sender := t.Sender() // now: detach takes it away
	p.wg.Go(func() { pub.feedback(sender) })
	pub.start.Do(func() {
		if pub.out != nil {
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

// pump sends what comes, as it comes. Before the connection is there it goes nowhere.
func (p *Peer) pump(pub *publication) {
	defer pub.close()
	for {
		sent, err := pub.next()
		switch {
		case sent > 0:
			pub.packets.Add(uint64(sent))
			pub.sentAt.Store(time.Now().UnixNano())
		case pub.ctx.Err() != nil:
			return
		case err == nil:
		case errors.Is(err, errNotSent):
			if !errors.Is(err, io.ErrClosedPipe) { // that is between two connections
				p.log.Debug("frame not sent", "err", err)
			}
		default:
			if !errors.Is(err, io.EOF) {
				p.log.Warn("media ended", "source", pub.track.Source, "kind", pub.kind, "err", err)
			}
			return
		}
	}
}

// errNotSent is an error of the way out, which may pass.
var errNotSent = errors.New("not sent")

// next sends the next frame or packet. It returns how many packets that were.
func (pub *publication) next() (sent int, err error) {
	if source := pub.track.Packets; source != nil {
		packet, err := source.NextPacket(pub.ctx)
		if err != nil {
			return 0, err
		}
		sent, err = pub.out.relay(packet, pub.quiet.Load())
		return sent, notSent(err)
	}
	data, d, err := pub.track.Media.Next(pub.ctx)
	if err != nil {
		return 0, err
	}
	sent, err = pub.out.frame(data, d, pub.quiet.Load())
	return sent, notSent(err)
}

func notSent(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errNotSent, err)
}

func (pub *publication) close() {
	for _, source := range []any{pub.track.Media, pub.track.Packets} {
		if c, ok := source.(io.Closer); ok {
			c.Close() //nolint:errcheck // nothing is left to do
		}
	}
}

// keyframe asks the source for one.
func (pub *publication) keyframe() {
	switch {
	case pub.track.Media != nil:
		pub.track.Media.Keyframe()
	case pub.track.Packets != nil:
		pub.track.Packets.Keyframe()
	}
}

// pause stops or resumes sending. Who comes afterwards needs a keyframe first.
func (pub *publication) pause(quiet bool) {
	if pub.quiet.Swap(quiet) && !quiet {
		pub.keyframe()
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
			switch packet := packet.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				pub.keyframe()
			case *rtcp.ReceiverReport:
				pub.reported(packet.Reports, s)
			case *rtcp.SenderReport:
				pub.reported(packet.Reports, s)
			}
		}
	}
}

// reported notes that the room gets packets of the track: the highest number that it tells of has grown.
func (pub *publication) reported(reports []rtcp.ReceptionReport, s *webrtc.RTPSender) {
	own := s.GetParameters().Encodings
	for _, r := range reports {
		if len(own) > 0 && r.SSRC == uint32(own[0].SSRC) && pub.highest.Swap(r.LastSequenceNumber) != r.LastSequenceNumber {
			pub.proven.Store(time.Now().UnixNano())
		}
	}
}

// onLayers pauses the videos that nobody watches. Each is one layer here.
func (p *Peer) onLayers(m signal.Layers) {
	needed := map[string]int{}
	for _, t := range m.Tracks {
		needed[t.Source] = t.Layers
	}
	for _, pub := range p.loop.published {
		layers, named := needed[pub.track.Source]
		if pub.kind == signal.KindVideo {
			pub.pause(named && layers == 0)
		}
	}
}

// onRestart opens a source again from which the room gets nothing, if it can be.
func (p *Peer) onRestart(m signal.Restart) {
	for _, pub := range p.loop.published {
		if pub.track.Source != m.Source || pub.kind != m.Kind {
			continue
		}
		if again, ok := pub.track.Media.(interface{ Restart() }); ok {
			again.Restart()
		}
	}
}
