package impair

import "time"

// link is a wire of limited rate with a queue in front of it. Its rate is known for all times, so the moment at which
// a packet has passed is known when it comes.
type link struct {
	rates []rate
	queue time.Duration
	free  time.Duration // when the last bit of those before has passed
}

// rate holds from a time on.
type rate struct {
	from    time.Duration
	perSec  float64 // bit/s
	limited bool
}

// newLink makes the link of a profile that holds from now on. Nothing is queued.
func newLink(p Profile, now time.Duration) link {
	l := link{queue: ms(p.Queue), free: now}
	if p.Queue == 0 {
		l.queue = defaultQueue
	}
	l.rates = append(l.rates, rate{now, p.Rate * 1000, p.Rate > 0})
	for _, s := range p.Steps {
		l.rates = append(l.rates, rate{now + ms(s.After), s.Rate * 1000, s.Rate > 0})
	}
	return l
}

// pass takes a packet and returns when its last bit has passed, and how long it waits for its first one to be sent;
// ok is false when the queue is full.
func (l *link) pass(now time.Duration, bytes int) (done, wait time.Duration, ok bool) {
	start := max(now, l.free)
	if wait = start - now; wait > l.queue {
		return 0, wait, false
	}
	l.free = l.after(start, float64(bytes*8))
	return l.free, wait, true
}

// after is when bits that are sent from start on have passed, across changes of the rate.
func (l *link) after(start time.Duration, bits float64) time.Duration {
	for i, r := range l.rates {
		last := i == len(l.rates)-1
		if !last && l.rates[i+1].from <= start {
			continue
		}
		if !r.limited {
			return start
		}
		took := time.Duration(bits / r.perSec * float64(time.Second))
		if last || start+took <= l.rates[i+1].from {
			return start + took
		}
		bits -= r.perSec * (l.rates[i+1].from - start).Seconds()
		start = l.rates[i+1].from
	}
	return start
}
