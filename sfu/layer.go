package sfu

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/gotera/gotera/sfu/history"
	"github.com/gotera/gotera/sfu/keyframe"
	"github.com/gotera/gotera/sfu/nack"
	"github.com/gotera/gotera/sfu/rate"
	"github.com/gotera/gotera/sfu/reception"
	"github.com/gotera/gotera/sfu/sequence"
	"github.com/gotera/gotera/sfu/wheel"
)

// Packets kept for retransmission: about 3 s of 1.5 Mbit/s video, and 4 s of audio.
const (
	videoHistory = 512
	audioHistory = 256
)

// layer is one encoding of a published track: one SSRC, and its retransmissions.
type layer struct {
	receiver *receiver
	rid      string
	order    atomic.Int32 // of quality: higher is better
	ssrc     uint32

	ring      *history.Ring
	nackTimer *wheel.Timer
	keyTimer  *wheel.Timer

	svc *svc // only used on the publisher's goroutine; nil until needed

	mu        sync.Mutex // guards the fields below; never held while writing to the network
	seq       sequence.Unwrapper
	gaps      nack.Generator
	reception reception.Stream
	rates     rate.Meter
	keys      keyframe.Limiter
	firSeq    uint8
	first     time.Time
	lastTS    uint32
	lastAt    time.Time

	redundant redundant // only used on the publisher's goroutine

	last                              atomic.Int64             // time of the last packet, Unix nanoseconds
	resumed                           atomic.Int64             // of the first packet after a silence, the same
	size                              atomic.Uint32            // of the pictures: width << 16 | height; 0: not known
	spatial                           [maxLayers]atomic.Uint32 // the same of its spatial layers, lowest first
	apart                             atomic.Bool              // its spatial layers need one another in keyframes only
	codec                             atomic.Uint32
	packets, bytes, nacks, rtx        atomic.Uint64
	senderReports                     atomic.Uint64
	plis, keyframes, duplicates, lost atomic.Uint64
	red, repaired, malformed          atomic.Uint64 // redundant packets, what they repaired, and what is none
}

// forwarded is a packet on its way from a layer to the senders.
type forwarded struct {
	packet  *history.Packet
	codec   codecID
	now     time.Time
	highest int64 // sequence number of the layer that came
}

func newLayer(r *receiver, rid string, ssrc uint32) *layer {
	size := videoHistory
	if r.track.Kind == KindAudio {
		size = audioHistory
	}
	l := &layer{receiver: r, rid: rid, ssrc: ssrc, ring: history.NewRing(size)}
	l.order.Store(int32(max(slices.Index(r.rids, rid), 0)))
	l.nackTimer = r.peer.room.wheel.NewTimer(l.sendNACKs)
	l.keyTimer = r.peer.room.wheel.NewTimer(l.keyframeDue)
	l.last.Store(time.Now().UnixNano())
	l.resumed.Store(l.last.Load())
	return l
}

// rank is the place of the layer among those of its track; higher is better.
func (l *layer) rank() int { return int(l.order.Load()) }

// area is the size of its pictures, in pixels.
func (l *layer) area() int {
	size := l.size.Load()
	return int(size>>16) * int(size&0xffff)
}

// close stops the timers and frees the history.
func (l *layer) close() {
	l.nackTimer.Stop()
	l.keyTimer.Stop()
	l.ring.Clear()
}

// alive reports whether the layer is being sent. One that is silent while others of its track are not has been stopped by
// its encoder.
func (l *layer) alive(now time.Time) bool {
	silent := l.silent(now)
	if silent < layerStopped || silent >= layerSilence {
		return silent < layerSilence
	}
	for _, o := range *l.receiver.layers.Load() { // what moves again after a rest does so in one layer first
		if o.silent(now) < layerStopped/2 && now.UnixNano()-o.resumed.Load() >= int64(layerStopped) {
			return false
		}
	}
	return true
}

// silent is the time since the last packet.
func (l *layer) silent(now time.Time) time.Duration {
	return time.Duration(now.UnixNano() - l.last.Load())
}

// receive takes a packet from the publisher and forwards it. payload is copied. recovered packets came by
// retransmission, or within a later one. It returns false for one that it has, or cannot take.
func (l *layer) receive(h *rtp.Header, c codecID, payload []byte, recovered bool) bool {
	room := l.receiver.peer.room
	p := room.pool.Packet(payload)
	if p == nil {
		return false
	}
	defer p.Release()
	p.Timestamp, p.Marker, p.Codec = h.Timestamp, h.Marker, uint8(c)
	l.place(c, h, p)
	if p.Level, p.HasLevel = l.receiver.level(h); p.HasLevel && !recovered {
		l.receiver.hear(p.Level)
	}
	now := time.Now()
	p.Arrived = now

	l.mu.Lock()
	if recovered {
		p.Seq = l.seq.Near(h.SequenceNumber)
	} else {
		p.Seq = l.seq.Unwrap(h.SequenceNumber)
	}
	if !recovered { // one that was repaired before it came has come all the same
		l.reception.ClockRate = codecs[c].clock
		l.reception.Received(p.Seq, p.Timestamp, now)
	}
	if !l.ring.Put(p) {
		l.mu.Unlock()
		l.duplicates.Add(1)
		return false
	}
	before := l.gaps.Next()
	outage := !l.gaps.Received(p.Seq, recovered, now)
	ask, highest := l.gaps.Next(), l.gaps.Highest()
	if !recovered {
		l.lastTS, l.lastAt = p.Timestamp, now
		if l.first.IsZero() {
			l.first = now
		}
	}
	size, sized := h.MarshalSize()+len(payload), false
	l.rates.Add(p.Frame.Spatial, p.Frame.Temporal, size, now)
	if p.Keyframe {
		l.keys.Got()
		l.keyframes.Add(1)
		if f := &p.Frame; f.Width > 0 {
			sized = l.size.Swap(uint32(f.Width)<<16|uint32(f.Height)) == 0
		}
	}
	l.mu.Unlock()

	if last := l.last.Swap(now.UnixNano()); now.UnixNano()-last >= int64(layerStopped) {
		l.resumed.Store(now.UnixNano())
		l.receiver.changed(now)
	}
	if sized {
		l.receiver.sort()
	}
	l.codec.Store(uint32(c))
	l.packets.Add(1)
	l.bytes.Add(uint64(size))
	l.receiver.forward(l, forwarded{p, c, now, highest})
	switch {
	case ask.IsZero() || !l.receiver.nack:
	case !ask.After(now): // the timer may be a tick late
		l.sendNACKs(now)
	case ask != before:
		l.nackTimer.SetEarlier(ask)
	}
	if outage && l.receiver.track.Kind == KindVideo {
		l.requestKeyframe()
	}
	return true
}

// sendNACKs asks the publisher for what is missing.
func (l *layer) sendNACKs(now time.Time) {
	var buf [64]uint16
	l.mu.Lock()
	seqs := l.gaps.Due(buf[:0], now, l.receiver.peer.roundTrip())
	next := l.gaps.Next()
	l.lost.Store(l.gaps.Lost())
	l.mu.Unlock()
	if len(seqs) > 0 {
		l.nacks.Add(uint64(len(seqs)))
		l.receiver.peer.writeRTCP(&rtcp.TransportLayerNack{
			SenderSSRC: l.receiver.peer.ssrc, MediaSSRC: l.ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers(seqs),
		})
	}
	if !next.IsZero() {
		l.nackTimer.SetEarlier(next)
	}
}

// requestKeyframe asks the publisher for a keyframe, now or as soon as it is allowed.
func (l *layer) requestKeyframe() {
	l.mu.Lock()
	send, due := l.keys.Ask(time.Now())
	l.mu.Unlock()
	if send {
		l.sendPLI()
	} else {
		l.keyTimer.SetEarlier(due)
	}
}

func (l *layer) keyframeDue(now time.Time) {
	l.mu.Lock()
	send := l.keys.Due(now)
	l.mu.Unlock()
	if send {
		l.sendPLI()
	}
}

func (l *layer) sendPLI() {
	l.plis.Add(1)
	p := l.receiver.peer
	if !l.receiver.pli && l.receiver.fir {
		l.mu.Lock()
		l.firSeq++
		entry := rtcp.FIREntry{SSRC: l.ssrc, SequenceNumber: l.firSeq}
		l.mu.Unlock()
		p.writeRTCP(&rtcp.FullIntraRequest{SenderSSRC: p.ssrc, MediaSSRC: l.ssrc, FIR: []rtcp.FIREntry{entry}})
		return
	}
	p.writeRTCP(&rtcp.PictureLossIndication{SenderSSRC: p.ssrc, MediaSSRC: l.ssrc})
}

// senderReport notes the publisher's report.
func (l *layer) senderReport(sr *rtcp.SenderReport, now time.Time) {
	l.senderReports.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reception.SenderReport(sr.NTPTime, sr.RTPTime, now)
}

// ownClockAfter is how long a publisher may send no sender report before the server's clock stands in for its own.
const ownClockAfter = 10 * time.Second

// mapping ties the publisher's clock to this layer's timestamps; ok is false when nothing is known yet.
func (l *layer) mapping(now time.Time) (m reception.Mapping, clockRate uint32, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m = l.reception.Mapping()
	if m.At.IsZero() && !l.first.IsZero() && now.Sub(l.first) > ownClockAfter && !l.receiver.peer.reports.Load() {
		m = reception.Mapping{NTP: reception.NTP(l.lastAt), RTP: l.lastTS, At: l.lastAt}
	}
	return m, l.reception.ClockRate, !m.At.IsZero()
}

// bitrate is that of the last second, in bit/s.
func (l *layer) bitrate(now time.Time) (sum uint64) {
	l.mu.Lock()
	rates, _ := l.rates.Bitrates(now)
	l.mu.Unlock()
	for _, spatial := range rates {
		for _, v := range spatial {
			sum += v
		}
	}
	return sum
}
