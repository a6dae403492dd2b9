package sfutest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/keyframe"
)

// Received is a track that arrives at a client.
type Received struct {
	Track sfu.Track
	Mid   string

	mu         sync.Mutex
	packets    int
	keyframes  int
	foreign    int // packets that no publication made
	duplicates int
	firstKey   bool // the first packet began a keyframe
	firstAt    time.Time
	lastAt     time.Time
	numbers    map[uint32]bool
	delays     []time.Duration // of the last maxDelays packets
	repaired   map[uint32]bool // numbers that redundancy brought
	redundant  int             // packets with redundancy
	depth      int             // earlier packets in the last of them
	low, high  uint32
	lastTS     uint32
	tsBack     int // timestamps that went back although the number went on
	ended      bool
	layer      string
	from       string // the first letter of who sent the last packet
	swaps      int    // times that this changed
	unkeyed    int    // of those, how many did not begin with a keyframe
	levels     int    // packets with the audio level that publications send
	report     *rtcp.SenderReport

	pictures          pictures
	sequences         map[int64]bool
	firstSeq, lastSeq int64
	fillers           int
	gap               time.Duration
	shownAt           time.Time
}

// track is Pion's callback.
func (c *Client) track(remote *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
	mid := ""
	for _, t := range c.PC.GetTransceivers() {
		if t.Receiver() == receiver {
			mid = t.Mid()
		}
	}
	c.mu.Lock()
	shown := c.sent[mid].Track
	if c.opt.Join.Answers { // it is not told what each m-line shows
		shown = sfu.Track{ID: mid, Kind: remote.Kind().String()}
	}
	r := &Received{Track: shown, Mid: mid, numbers: map[uint32]bool{}, repaired: map[uint32]bool{}}
	c.received = append(c.received, r)
	c.mu.Unlock()
	go r.readRTCP(receiver) // until the connection is closed
	video := remote.Kind() == webrtc.RTPCodecTypeVideo
	isKey := keyframe.VP8
	if remote.Codec().MimeType == webrtc.MimeTypeH264 {
		isKey = keyframe.H264
	}
	levelID, redType := uint8(0), uint8(0)
	for _, p := range receiver.GetParameters().Codecs {
		if p.MimeType == mimeTypeRED {
			redType = uint8(p.PayloadType)
		}
	}
	for _, e := range receiver.GetParameters().HeaderExtensions {
		if e.URI == levelURI {
			levelID = uint8(e.ID)
		}
	}
	for {
		pkt, _, err := remote.ReadRTP()
		if err != nil {
			r.mu.Lock()
			r.ended = true
			r.mu.Unlock()
			return
		}
		if redType != 0 && pkt.PayloadType == redType {
			r.takeRED(pkt.Payload, pkt.Timestamp)
		} else {
			r.take(pkt.Payload, pkt.Timestamp, video, video && isKey(pkt.Payload))
			if video && remote.Codec().MimeType == webrtc.MimeTypeVP8 {
				r.picture(pkt)
			}
		}
		if v := pkt.GetExtension(levelID); len(v) == 1 && v[0] == Level {
			r.mu.Lock()
			r.levels++
			r.mu.Unlock()
		}
	}
}

// maxDelays bounds what Delay looks at.
const maxDelays = 2000

// Delay is how long the last packets were on their way: the quantile q (0 to 1) of them. It begins anew after each call.
func (r *Received) Delay(q float64) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.delays) == 0 {
		return 0
	}
	slices.Sort(r.delays)
	d := r.delays[min(int(q*float64(len(r.delays))), len(r.delays)-1)]
	r.delays = nil
	return d
}

// numberOf is the number of a packet that a publication made.
func numberOf(b []byte) (uint32, bool) {
	if len(b) < headerSize || binary.BigEndian.Uint32(b[markAt:]) != mark {
		return 0, false
	}
	return binary.BigEndian.Uint32(b[markAt+4:]), true
}

func (r *Received) take(b []byte, ts uint32, video, key bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(b) == 0 { // keeps the sequence numbers whole
		r.fillers++
		return
	}
	number, ok := numberOf(b)
	if !ok {
		r.foreign++
		return
	}
	if key {
		r.keyframes++
	}
	r.lastAt = time.Now()
	r.layer = string(bytes.Trim(b[markAt+8:markAt+9], "\x00"))
	if from := string(b[markAt+17 : markAt+18]); from != r.from {
		if r.packets > 0 { // another track on the same m-line: its numbers are its own
			r.swaps++
			if video && !key {
				r.unkeyed++
			}
			if int32(ts-r.lastTS) < 0 {
				r.tsBack++
			}
			r.numbers, r.low, r.high, r.lastTS = map[uint32]bool{}, number, number, ts
		}
		r.from = from
	}
	if len(r.delays) == maxDelays {
		r.delays = r.delays[1:]
	}
	r.delays = append(r.delays, r.lastAt.Sub(time.Unix(0, int64(binary.BigEndian.Uint64(b[markAt+9:])))))
	if r.packets == 0 {
		r.firstKey, r.firstAt, r.low, r.high, r.lastTS = key, r.lastAt, number, number, ts
	}
	r.packets++
	if r.numbers[number] {
		r.duplicates++
		return
	}
	r.numbers[number] = true
	r.low = min(r.low, number)
	if number > r.high {
		if int32(ts-r.lastTS) < 0 {
			r.tsBack++
		}
		r.high, r.lastTS = number, ts
	}
}

// picture notes a packet of video by its own numbers.
func (r *Received) picture(pkt *rtp.Packet) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sequences == nil {
		r.sequences, r.firstSeq, r.lastSeq = map[int64]bool{}, int64(pkt.SequenceNumber), int64(pkt.SequenceNumber)
	}
	seq := r.lastSeq + int64(int16(pkt.SequenceNumber-uint16(r.lastSeq)))
	r.lastSeq = max(r.lastSeq, seq)
	r.sequences[seq] = true
	if len(pkt.Payload) >= headerSize {
		r.pictures.take(pkt.Payload, seq, pkt.Marker, pkt.Payload[markAt+8])
	}
	if now := time.Now(); pkt.Marker {
		if !r.shownAt.IsZero() {
			r.gap = max(r.gap, now.Sub(r.shownAt))
		}
		r.shownAt = now
	}
}

// Pictures decodes what has arrived of a VP8 track without loss.
func (r *Received) Pictures() Pictures {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.pictures.check()
	for seq := r.firstSeq; seq+100 < r.lastSeq; seq++ {
		if !r.sequences[seq] {
			out.Holes++
		}
	}
	out.Fillers = r.fillers
	return out
}

// Gap is the longest time between two pictures since it was last asked for, also the one that goes on.
func (r *Received) Gap() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := max(r.gap, time.Since(r.shownAt))
	r.gap, r.shownAt = 0, time.Now()
	return out
}

func (r *Received) readRTCP(receiver *webrtc.RTPReceiver) {
	for {
		packets, _, err := receiver.ReadRTCP()
		if err != nil {
			return
		}
		for _, pkt := range packets {
			if sr, ok := pkt.(*rtcp.SenderReport); ok {
				r.mu.Lock()
				r.report = sr
				r.mu.Unlock()
			}
		}
	}
}

// SenderReport is the last one that came, or nil.
func (r *Received) SenderReport() *rtcp.SenderReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.report
}

// LastTimestamp is the RTP timestamp of the newest packet and when it came.
func (r *Received) LastTimestamp() (uint32, time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lastTS, r.lastAt
}

// Snapshot is the state of a received track.
type Snapshot struct {
	Packets, Keyframes, Foreign, Duplicates, Missing, TimestampsBack int
	FirstIsKey, Ended                                                bool
	FirstAt, LastAt                                                  time.Time
	High                                                             uint32
	Layer                                                            string // simulcast layer of the last packet
	Levels                                                           int    // packets with an audio level
	Redundant, Depth                                                 int    // packets of redundant audio, and earlier packets in the last
	Inaudible                                                        int    // of Missing, those that no redundancy brought
	From                                                             string // the first letter of who sent the last packet
	Swaps, Unkeyed                                                   int    // times that this changed, and of them those without a keyframe
	Latest                                                           int    // packets since then
}

// Snapshot returns the state now. Missing leaves out the last 100 packets, which may still be on their way.
func (r *Received) Snapshot() Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Snapshot{
		Packets: r.packets, Keyframes: r.keyframes, Foreign: r.foreign, Duplicates: r.duplicates, TimestampsBack: r.tsBack,
		FirstIsKey: r.firstKey, Ended: r.ended, FirstAt: r.firstAt, LastAt: r.lastAt, High: r.high, Layer: r.layer, Levels: r.levels,
		Redundant: r.redundant, Depth: r.depth, From: r.from, Swaps: r.swaps, Unkeyed: r.unkeyed, Latest: len(r.numbers),
	}
	for n := r.low; n+100 < r.high; n++ {
		if !r.numbers[n] {
			s.Missing++
			if !r.repaired[n] {
				s.Inaudible++
			}
		}
	}
	return s
}

// Check returns what is wrong with the track, if anything, apart from loss.
func (r *Received) Check() error {
	s := r.Snapshot()
	switch {
	case s.Packets == 0:
		return fmt.Errorf("%s: nothing received", r.Track.ID)
	case r.Track.Kind == sfu.KindVideo && !s.FirstIsKey:
		return fmt.Errorf("%s: does not begin with a keyframe", r.Track.ID)
	case s.Foreign > 0 || s.TimestampsBack > 0 || s.Unkeyed > 0:
		return fmt.Errorf("%s: %d foreign packets, %d timestamps went back, %d swaps without a keyframe",
			r.Track.ID, s.Foreign, s.TimestampsBack, s.Unkeyed)
	}
	return nil
}

// Received returns the newest track that arrived with the given id, or nil.
func (c *Client) Received(id string) *Received {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.received) - 1; i >= 0; i-- {
		if c.received[i].Track.ID == id {
			return c.received[i]
		}
	}
	return nil
}

// Receives waits until n packets of the track have arrived, and returns it.
func (c *Client) Receives(from *Client, source, kind string, n int, limit time.Duration) *Received {
	c.t.Helper()
	id := fmt.Sprintf("%s:%s:%s", from.ID, source, kind)
	var r *Received
	for end := time.Now().Add(limit); ; time.Sleep(5 * time.Millisecond) {
		if r = c.Received(id); r != nil && r.Snapshot().Packets >= n {
			return r
		}
		if time.Now().After(end) {
			stats, _ := json.Marshal(c.room.Stats())
			c.t.Fatalf("%s does not receive %d packets of %s within %v; the room: %s", c.ID, n, id, limit, stats)
		}
	}
}

// ReceivesFrom waits until n packets have arrived on a line of this kind, the last from the given publisher, and returns it: for
// clients that make all offers.
func (c *Client) ReceivesFrom(from *Client, kind string, n int, limit time.Duration) *Received {
	c.t.Helper()
	var found *Received
	WaitFor(c.t, limit, fmt.Sprintf("%s receives %d packets of %s of %s", c.ID, n, kind, from.ID), func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, r := range c.received {
			if s := r.Snapshot(); r.Track.Kind == kind && s.From == string(from.ID[:1]) && s.Latest >= n {
				found = r
			}
		}
		return found != nil
	})
	return found
}

// Sent is what the server says it sends this client.
func (c *Client) Sent() []sfu.SentTrack {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []sfu.SentTrack
	for _, t := range c.sent {
		out = append(out, t)
	}
	return out
}
