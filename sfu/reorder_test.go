package sfu

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pion/rtp"

	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/selection"
	"github.com/gotera/gotera/sfu/vp8"
)

// arrival is a packet of a stream with three temporal layers, and when it arrives.
type arrival struct {
	header  rtp.Header
	payload []byte
	at      int
	lost    bool
}

// arrivals are those of many pictures of three packets each, over the wrap of all numbers: some late, some lost for good.
func arrivals(r *rand.Rand, pictures int) (list []arrival) {
	seq, id, tl0 := uint16(65000), uint16(0x7fff-100), uint8(200)
	for n := range pictures {
		key := n == 0
		tid := []uint8{0, 2, 1, 2}[n%4]
		if tid == 0 {
			tl0++
		}
		id++
		for i := range 3 {
			b := make([]byte, 20)
			copy(b, []byte{0x80, 0xe0, 0, 0, tl0, tid << 6, 1})
			binary.BigEndian.PutUint16(b[2:], id|0x8000)
			binary.BigEndian.PutUint32(b[12:], uint32(n))
			if i == 0 {
				b[0] |= 0x10
				if key {
					b[6] = 0
				}
			}
			if n%4 == 1 || n%4 == 2 {
				b[5] |= 0x20
			}
			a := arrival{rtp.Header{Version: 2, SequenceNumber: seq, Timestamp: uint32(n) * 3000, Marker: i == 2}, b, len(list), false}
			if !key {
				switch r.IntN(50) {
				case 0:
					a.lost = true
				case 1, 2:
					a.at += 2 + r.IntN(60)
				}
			}
			list = append(list, a)
			seq++
		}
	}
	slices.SortStableFunc(list, func(a, b arrival) int { return a.at - b.at })
	return list
}

// Whatever comes late or never, and whatever is left out: each number goes out once, only what never came leaves a hole, and
// a picture has one id, in the order of the pictures.
func TestLateAndLostPacketsAmongDropped(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		l := benchLayer(1)
		s := (*l.receiver.senders.Load())[0]
		out := &recorded{}
		b := &binding{writer: out, ssrc: 1}
		b.payloads[codecVP8] = 96
		s.binding.Store(b)
		lost := 0
		for i, a := range arrivals(r, 2000) {
			if i%150 == 100 {
				s.setTarget(allocation.Layer{Temporal: []int8{0, 1, selection.All}[r.IntN(3)]})
			}
			if a.lost {
				lost++
				continue
			}
			l.receive(&a.header, codecVP8, a.payload, false)
		}
		seqs, fillers := map[int64]bool{}, 0
		ids := map[uint32]uint16{} // outgoing by number of the picture
		last := int64(out.packets[0].SequenceNumber)
		low := last
		for _, p := range out.packets {
			seq := last + int64(int16(p.SequenceNumber-uint16(last)))
			last = max(last, seq)
			if seqs[seq] {
				t.Fatalf("seed %d: number %d goes out twice", seed, p.SequenceNumber)
			}
			seqs[seq] = true
			if len(p.Payload) == 0 {
				fillers++
				continue
			}
			var d vp8.Descriptor
			if !d.Parse(p.Payload) {
				t.Fatalf("seed %d: not VP8", seed)
			}
			n := binary.BigEndian.Uint32(p.Payload[12:])
			if id, known := ids[n]; known && id != d.PictureID {
				t.Fatalf("seed %d: picture %d has the ids %d and %d", seed, n, id, d.PictureID)
			}
			ids[n] = d.PictureID
		}
		holes := int(last-low) + 1 - len(seqs)
		if holes > lost {
			t.Errorf("seed %d: %d holes although only %d packets were lost", seed, holes, lost)
		}
		var order []uint32
		for n := range ids {
			order = append(order, n)
		}
		slices.Sort(order)
		jumps := 0
		for i := 1; i < len(order); i++ {
			step := (ids[order[i]] - ids[order[i-1]]) & 0x7fff
			if step == 0 || step > 8 {
				t.Errorf("seed %d: picture %d has id %d, %d has %d", seed, order[i-1], ids[order[i-1]], order[i], ids[order[i]])
			}
			jumps += int(step) - 1
		}
		if len(order) < 500 || jumps > 25 { // pictures of which nothing came in time
			t.Errorf("seed %d: %d pictures with %d ids missing", seed, len(order), jumps)
		}
		if seed == 0 {
			t.Logf("%d packets, %d fillers, %d holes of %d lost, %d pictures, %d ids missing", len(out.packets), fillers, holes, lost, len(order), jumps)
		}
	}
}
