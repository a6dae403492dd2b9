package bwe

import "time"

// Constants of the delay detector.
const (
	// bucket is the time of arrival over which the least delay is taken. What a frame's own burst and jitter add to the
	// delay is not in the least one; what stands in the bottleneck's queue is in all.
	bucket      = 50 * time.Millisecond
	bucketCount = 32

	// standingFor is how long a delay must last for the queue to stand: three frames.
	standingFor = 100 * time.Millisecond

	// The threshold is this, or what jitter needs. GoogCC begins at 12.5 ms, with the mean in place of the least delay.
	minThreshold = 20 * time.Millisecond
	maxThreshold = 60 * time.Millisecond

	// unrest is by how many times the usual swing of the least delay the threshold is higher, and unrestMax what one swing
	// counts for at most: a queue that builds up once is not the path's way.
	unrest    = 3
	unrestMax = 30 * time.Millisecond

	// A delay that is longer than that of the packet before by leapMin, and by leapJitter times the usual jitter, is a leap:
	// another route. A queue grows packet by packet.
	leapMin    = 50 * time.Millisecond
	leapJitter = 4
	leapFor    = 500 * time.Millisecond // it is remembered

	// baseFor is how long the least delay ever is remembered, at least: 100 ppm between the clocks are 2 ms in this time.
	baseFor = 10 * time.Second
)

// queue estimates how long packets wait in the bottleneck, from one-way delays of which only the differences count.
type queue struct {
	lows   [bucketCount]time.Duration // least delay of each bucket; noDelay: none arrived
	newest int64                      // number of the newest bucket
	filled bool

	base, older time.Duration // least delay since rebased, and in the period before
	rebased     int64         // bucket

	jitter time.Duration // smoothed excess of a packet's delay over the least one

	// swing is by how much the least delay goes up and down from one standingFor to the next, smoothed. Packets that wait
	// for a late one before them make it large; a queue grows, and drains, for longer than that.
	swing time.Duration
	grew  time.Duration // when it was last taken
	taken int64         // bucket of that

	last, leap time.Duration // delay of the last packet; the last leap
	leapt      int64         // bucket of it
}

const noDelay = 1<<63 - 1

// add takes a packet that was sent and arrived, each on its own clock.
func (q *queue) add(sent, arrived time.Duration) {
	delay, n := arrived-sent, int64(arrived/bucket)
	if !q.filled || n >= q.newest+bucketCount || n <= q.newest-bucketCount {
		for i := range q.lows {
			q.lows[i] = noDelay
		}
		q.newest = n
		if !q.filled {
			q.filled, q.base, q.older, q.rebased, q.last = true, delay, delay, n, delay
		}
	}
	if rise := delay - q.last; rise >= max(leapMin, leapJitter*q.jitter) {
		q.leap, q.leapt = rise, n
	}
	q.last = delay
	if n-q.taken >= int64(standingFor/bucket) {
		growth, swing := q.growth(), time.Duration(0)
		if growth > 0 != (q.grew > 0) {
			swing = min(growth.Abs(), q.grew.Abs(), unrestMax)
		}
		q.swing += (swing - q.swing) / 32
		q.grew, q.taken = growth, n
	}
	for q.newest < n {
		q.newest++
		q.lows[uint64(q.newest)%bucketCount] = noDelay
	}
	if low := &q.lows[uint64(n)%bucketCount]; delay < *low {
		*low = delay
	}
	if n-q.rebased >= int64(baseFor/bucket) {
		q.older, q.base, q.rebased = q.base, delay, n
	}
	q.base = min(q.base, delay)
	if low := q.low(standingFor, 0); low != noDelay {
		q.jitter += (max(delay-low, 0) - q.jitter) / 64
	}
}

// low is the least delay of a period that ended ago before the newest arrival; noDelay when nothing arrived in it.
func (q *queue) low(period, ago time.Duration) time.Duration {
	least := time.Duration(noDelay)
	first := q.newest - int64(ago/bucket)
	for n := first; n > first-int64(period/bucket) && n > q.newest-bucketCount; n-- {
		least = min(least, q.lows[uint64(n)%bucketCount])
	}
	return least
}

// standing is how long the newest packets waited at least.
func (q *queue) standing() time.Duration {
	low := q.low(standingFor+bucket, 0) // the newest bucket may have just begun
	if low == noDelay {
		return 0
	}
	return max(low-min(q.base, q.older), 0)
}

// growth is by how much the least delay has grown from one standingFor to the next.
func (q *queue) growth() time.Duration {
	now, before := q.low(standingFor, 0), q.low(standingFor, standingFor)
	if now == noDelay || before == noDelay {
		return 0
	}
	return now - before
}

// leaped is by how much the delay has just leapt; 0: it has not.
func (q *queue) leaped() time.Duration {
	if q.newest-q.leapt > int64(leapFor/bucket) {
		return 0
	}
	return q.leap
}

// threshold is the standing queue that is a sign of too much.
func (q *queue) threshold() time.Duration {
	return min(max(minThreshold+unrest*q.swing, q.jitter), maxThreshold)
}

// accept takes the delay as it is now for that of the empty path.
func (q *queue) accept() {
	if low := q.low(standingFor+bucket, 0); low != noDelay {
		q.base, q.older, q.rebased = low, low, q.newest
	}
}
