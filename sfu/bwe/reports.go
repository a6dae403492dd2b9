package bwe

// Constants of Reports, those of draft-ietf-rmcat-gcc-02, section 6.
const (
	lossHigh   = 0.10
	lossLow    = 0.02
	reportGain = 1.08
	reportMin  = 10 // packets that one is made of, at least

	// forgotten is how far the estimate may grow above what is sent until nothing is known any more.
	forgotten = 4
)

// Reports estimates the bandwidth of a subscriber that has no transport-wide feedback: by the loss in its receiver
// reports, which come each second or so, and never above its own estimate if it sends one (REMB). The zero value is
// ready, and knows nothing.
type Reports struct {
	estimate       float64
	expected, lost int64
}

// Reported takes what a report says of the packets since the one before, while sent bit/s were sent.
func (r *Reports) Reported(expected, lost int64, sent uint64) {
	if expected <= 0 || lost > expected {
		return
	}
	r.expected += expected
	r.lost += max(lost, 0)
	if r.expected < reportMin {
		return
	}
	share := float64(r.lost) / float64(r.expected)
	r.expected, r.lost = 0, 0
	switch {
	case share > lossHigh && sent > 0:
		if r.estimate == 0 || r.estimate > float64(sent) {
			r.estimate = float64(sent)
		}
		r.estimate = max(r.estimate*(1-share/2), Min)
	case share < lossLow:
		r.estimate *= reportGain
		if r.estimate > forgotten*float64(max(sent, Start)) {
			r.estimate = 0
		}
	}
}

// Estimate is in bit/s; remb is the subscriber's own, 0 for none. ok is false when nothing is known.
func (r *Reports) Estimate(remb uint64) (estimate uint64, ok bool) {
	switch own := uint64(r.estimate); {
	case own == 0:
		return remb, remb > 0
	case remb > 0:
		return max(min(own, remb), Min), true
	default:
		return own, true
	}
}
