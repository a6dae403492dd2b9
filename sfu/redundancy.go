package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"

	"github.com/gotera/gotera/sfu/history"
	"github.com/gotera/gotera/sfu/red"
	"github.com/gotera/gotera/sfu/twcc"
)

// Redundant audio (RFC 2198) ends at the server, in both directions: a publisher's RED is taken apart, what it repairs goes
// to everybody, and the history holds plain Opus. Who loses packets and takes RED is sent some of the server's own making.

// maxRedundant bounds the payload of a packet with redundancy, in bytes, so that it fits any path.
const maxRedundant = 1100

// receiveRED takes a packet of redundant audio from the publisher.
func (l *layer) receiveRED(t *routes, h *rtp.Header, payload []byte) {
	var array [red.MaxBlocks]red.Block
	blocks, err := red.Parse(&array, payload)
	if err != nil {
		l.malformed.Add(1)
		return
	}
	newest := blocks[len(blocks)-1]
	c := t.codecs[newest.PayloadType]
	if c != codecOpus {
		l.malformed.Add(1)
		return
	}
	l.red.Add(1)
	for back := red.Contiguous(blocks); back > 0; back-- { // oldest first: subscribers then see no gap
		b := &blocks[len(blocks)-1-back]
		earlier := rtp.Header{Version: 2, SSRC: h.SSRC, SequenceNumber: h.SequenceNumber - uint16(back), Timestamp: h.Timestamp - b.Offset}
		if l.lacks(earlier.SequenceNumber) && l.receive(&earlier, c, b.Data, true) {
			l.repaired.Add(1)
		}
	}
	l.receive(h, c, newest.Data, false)
}

// lacks reports whether a packet before the newest has not come.
func (l *layer) lacks(seq uint16) bool {
	l.mu.Lock()
	n, begun := l.seq.Near(seq), !l.first.IsZero()
	l.mu.Unlock()
	return begun && !l.ring.Has(n)
}

// redundant is a payload that carries earlier packets again. It is made once for all subscribers, on the publisher's
// goroutine.
type redundant struct {
	packet  *history.Packet
	seq     int64
	depth   int
	opus    uint8
	payload []byte
}

// make returns p with up to depth packets before it, as RED of blocks with payload type opus. It may be read until the next
// call.
func (r *redundant) make(l *layer, p *history.Packet, depth int, opus uint8) []byte {
	if r.packet == p && r.seq == p.Seq && r.depth == depth && r.opus == opus {
		return r.payload
	}
	r.packet, r.seq, r.depth, r.opus = p, p.Seq, depth, opus
	var taken [red.MaxDepth]*history.Packet
	var blocks [red.MaxDepth + 1]red.Block
	n, size := len(blocks), 0
	add := func(b red.Block) {
		n--
		blocks[n] = b
		size += len(b.Data)
	}
	add(red.Block{PayloadType: opus, Data: p.Payload()})
	for i := range min(depth, red.MaxDepth) {
		e := l.ring.Take(p.Seq - int64(i) - 1)
		if e == nil {
			break
		}
		taken[i] = e
		if size+len(e.Payload()) > maxRedundant || codecID(e.Codec) != codecOpus {
			break
		}
		add(red.Block{PayloadType: opus, Offset: p.Timestamp - e.Timestamp, Data: e.Payload()})
	}
	r.payload = red.Append(r.payload[:0], blocks[n:]...)
	for _, e := range taken {
		if e != nil {
			e.Release()
		}
	}
	return r.payload
}

// redundancy is what a peer is sent of it.
type redundancy struct {
	depth atomic.Int32 // earlier packets in each of audio

	mu     sync.Mutex
	policy red.Policy
	exact  bool   // transport-wide feedback comes: it tells the path's loss from what never came to the server
	limit  int    // of the depth, for want of bandwidth; if exact
	sent   uint64 // audio packets, when the policy was last told
}

// progress is what the last receiver report on a track said, and how many packets it had been sent then.
type progress struct {
	known   bool
	highest uint32
	lost    int64
	sent    uint64
}

// since takes the next report and returns how many packets the subscriber was sent since the last, and how many of them did
// not come: what did not come to the server either was not sent. Packets under way move both by a few, for once.
func (g *progress) since(highest uint32, lost int64, sent uint64) (all, missed int) {
	last := *g
	*g = progress{true, highest, lost, sent}
	expected := int(int32(highest - last.highest))
	if !last.known || expected < 0 || sent < last.sent {
		return 0, 0 // a new stream
	}
	all = int(sent - last.sent)
	return all, all - (expected - int(lost-last.lost))
}

// reported takes what a report on any track adds.
func (r *redundancy) reported(all, lost int, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.exact {
		return
	}
	r.policy.Slack = reportSlack
	r.policy.Reported(lost, all, now)
	r.decideLocked(now)
}

// reportSlack is how many packets may be under way at one report and not at another: more on a busy machine than 20 ms of sound.
const reportSlack = 4

// voiceRate is what one earlier packet in each adds to a voice, bit/s.
const voiceRate = 32_000

// affordable is how deep redundancy may be on a path of which budget is known to be all, in bit/s: it is to leave half of it.
func affordable(budget uint64, voices int) int {
	return int(min(budget/2/voiceRate/uint64(max(voices, 1)), red.MaxDepth))
}

// told takes what transport-wide feedback says. It is to be no deeper than limit.
func (r *redundancy) told(packets []twcc.Packet, limit int, now time.Time) {
	lost, all := 0, 0
	for i := range packets {
		switch p := &packets[i]; {
		case p.Lost:
			lost++
			all++
		case p.Late: // it was counted as lost
			lost--
		default:
			all++
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.exact {
		r.exact, r.policy = true, red.Policy{} // what was taken from reports may be no loss of this path
	}
	r.limit = limit
	r.policy.Reported(lost, all, now)
	r.decideLocked(now)
}

// decideLocked sets the depth.
func (r *redundancy) decideLocked(now time.Time) {
	depth := r.policy.Depth(now)
	if r.exact {
		depth = min(depth, r.limit)
	}
	r.depth.Store(int32(depth))
}

// again takes how many audio packets the peer asks for again, and how many it has been sent in all.
func (r *redundancy) again(packets int, sent uint64, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.exact {
		r.policy.Asked(packets, int(sent-r.sent), now)
	}
	r.sent = sent
	r.decideLocked(now)
}

// audioSent is how many audio packets the peer was sent, and of how many tracks.
func (p *Peer) audioSent() (n uint64, tracks int) {
	for _, s := range *p.senders.Load() {
		if s.receiver.track.Kind == KindAudio {
			n += s.packets.Load()
			tracks++
		}
	}
	return n, tracks
}

// redundant is the payload and payload type of p for the subscriber: with earlier packets if it needs and takes that.
func (s *sender) redundant(b *binding, l *layer, p *history.Packet, payloadType uint8) ([]byte, uint8) {
	depth := s.depth(b)
	if depth == 0 || codecID(p.Codec) != codecOpus {
		return p.Payload(), payloadType
	}
	s.doubled.Add(1)
	return l.redundant.make(l, p, depth, payloadType), b.payloads[codecRED]
}

// depth is how many earlier packets go with each of the audio that s sends.
func (s *sender) depth(b *binding) int {
	if b == nil || b.payloads[codecRED] == 0 || s.peer.down.narrow.Load() {
		return 0
	}
	return int(s.peer.redundancy.depth.Load())
}
