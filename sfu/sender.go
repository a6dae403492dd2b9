package sfu

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/rewrite"
	"github.com/gotera/gotera/sfu/selection"
	"github.com/gotera/gotera/sfu/wheel"
)

// sender is the server's end of one track sent to one subscriber. It rewrites each packet's header for it.
type sender struct {
	*outlet
	receiver *receiver
	peer     *Peer // the subscriber

	live  atomic.Bool  // the connection is up: packets may be sent
	retry *wheel.Timer // asks for keyframes until one came

	// Of the packet at hand: all packets come on the publisher's goroutine.
	header  outHeader
	scratch []byte

	mu        sync.Mutex // guards the fields below; never held while writing to the network
	switching            // which layer
	out       rewrite.Rewriter[*layer]
	pick      selection.Selection // packets of it; nil before the first
	codec     codecID             // that pick is for
	frame     uint32              // timestamp of the last frame begun, as the publisher sent it
	dropped   bool                // its last packet was not sent
	sentSR    [4]sentReport       // the last ones, for round-trip times
	nextSR    int

	levels []allocation.Level // only used by demand, to save allocating it

	repair   repair   // only used on the subscriber's RTCP goroutine, but for seq
	progress progress // the same

	before struct { // of those who sent on the m-line
		packets, octets uint64
		lost            int64 // as last reported
	}

	wanted                    atomic.Int32 // the highest level worth sending for that size, packed; 0: not known
	shown                     atomic.Int32 // the spatial layer that fits the size shown; -1: hidden
	packets, octets, bytes    atomic.Uint64
	undone                    atomic.Uint64 // changes of layer for which no keyframe came
	nacks, rtx, plis, doubled atomic.Uint64
	padding                   atomic.Uint64 // packets that only measured the path
	allocated                 atomic.Uint64 // bit/s of the layer it is to be sent as; 0: paused, or nothing known
	lost                      atomic.Int64
	jitter, rtt, waitingSince atomic.Int64

	refused    atomic.Bool   // the subscriber's answer does not take the m-line
	complained atomic.Bool   // the subscriber says that it shows nothing
	highest    atomic.Uint32 // sequence number that it last reported
	advancedAt atomic.Int64  // when that changed, or for the sender before a renewal, Unix nanoseconds; 0: never
}

// newSender makes one with an outlet of its own.
func newSender(p *Peer, r *receiver) *sender {
	return newSenderOn(&outlet{
		id: r.track.ID, stream: string(r.track.Peer) + ":" + r.track.Source, kind: r.track.Kind,
	}, p, r)
}

func newSenderOn(o *outlet, p *Peer, r *receiver) *sender {
	size := videoHistory
	if r.track.Kind == KindAudio {
		size = audioHistory
	}
	s := &sender{outlet: o, receiver: r, peer: p, out: rewrite.New[*layer](uint16(rand.Uint32()), size)}
	s.target = highest
	s.shown.Store(maxLayers - 1)
	s.retry = p.room.wheel.NewTimer(s.retryKeyframe)
	s.repair.seq.Store(rand.Uint32() & 0x7fff)
	return s
}

// start begins to forward: the connection is up and the m-line negotiated.
func (s *sender) start() {
	if s.live.Swap(true) {
		return
	}
	now := time.Now()
	if s.receiver.track.Kind == KindVideo {
		s.waitingSince.Store(now.UnixNano())
		s.wantKeyframe()
	}
	s.peer.allocateTimer.SetEarlier(now)
	s.peer.reportTimer.SetEarlier(now.Add(wheel.Tick)) // so that lip-sync is right from the start
}

// follow makes s go on where old ended: old has been stopped and sends nothing any more. The subscriber sees one stream.
func (s *sender) follow(old *sender) {
	old.mu.Lock()
	s.out, s.pick, s.codec = old.out, old.pick, old.codec
	old.out = rewrite.Rewriter[*layer]{}
	old.mu.Unlock()
	s.repair.seq.Store(old.repair.seq.Load())
	s.before.packets = old.before.packets + old.packets.Load()
	s.before.octets = old.before.octets + old.octets.Load()
	s.before.lost = old.before.lost + old.lost.Load()
}

// stop ends it.
func (s *sender) stop() {
	s.live.Store(false)
	s.retry.Stop()
}

// keyframeAsked passes a subscriber's request on.
func (s *sender) keyframeAsked() {
	s.plis.Add(1)
	s.wantKeyframe()
}
