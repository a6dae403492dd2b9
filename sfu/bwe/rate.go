package bwe

import "time"

// A received rate is counted in slots of arrival time.
const (
	slot      = 10 * time.Millisecond
	slotCount = 128
)

// rate counts what arrived, by the receiver's clock.
type rate struct {
	bytes  [slotCount]int
	newest int64 // number of the newest slot
	oldest int64 // of the first one ever
	filled bool
}

func (r *rate) add(arrived time.Duration, size int) {
	n := int64(arrived / slot)
	switch {
	case !r.filled:
		r.filled, r.newest, r.oldest = true, n, n
	case n <= r.newest-slotCount:
		return
	case n >= r.newest+slotCount:
		clear(r.bytes[:])
		r.newest, r.oldest = n, n
	}
	for r.newest < n {
		r.newest++
		r.bytes[uint64(r.newest)%slotCount] = 0
	}
	r.bytes[uint64(n)%slotCount] += size
}

// longestGap is how many empty slots may lie between two packets that come from a queue: a packet of 1200 bytes takes so
// long at 200 kbit/s. A longer gap is the receiver's, or the path's, that stopped for a moment.
const longestGap = 5

// through is the rate like over, without longer gaps: what a bottleneck lets through while packets wait for it.
func (r *rate) through(period time.Duration) float64 {
	slots, gap, excess := int64(period/slot), int64(0), int64(0)
	for i := range min(slots, slotCount-1) {
		if gap++; r.bytes[uint64(r.newest-1-i)%slotCount] > 0 {
			gap = 0
		}
		if gap > longestGap {
			excess++
		}
	}
	if excess >= slots-longestGap {
		return r.over(period)
	}
	return r.over(period) * float64(slots) / float64(slots-excess)
}

// over is the rate of the last period, in bit/s, ending with the newest arrival; 0 before there was anything.
func (r *rate) over(period time.Duration) float64 {
	slots := min(int64(period/slot), slotCount-1)
	if !r.filled || slots == 0 {
		return 0
	}
	slots = min(slots, max(r.newest-r.oldest, 10)) // a young stream is not a slow one
	sum := 0
	for i := range slots { // the newest slot is not over yet
		if n := r.newest - 1 - i; n >= r.oldest {
			sum += r.bytes[uint64(n)%slotCount]
		}
	}
	return float64(sum) * 8 / (time.Duration(slots) * slot).Seconds()
}
