package bwe

import "time"

// Constants of loss.
const (
	lossWindow = 500 * time.Millisecond // of one measurement
	lossMin    = 20                     // packets of one, at least

	// lossJump above what the path loses anyway, in two measurements one after the other, is worth a trial.
	lossJump = 0.10

	// trialFor is how long it is tried whether less is lost when less is sent.
	trialFor = 1200 * time.Millisecond

	// lossGain is the part of the loss that must go away for congestion to have been its cause.
	lossGain = 0.4
)

// loss tells loss by congestion from that of a radio: the first goes away when less is sent, as one trial shows. So a
// path that loses a tenth of whatever is sent is used whole.
type loss struct {
	begin       time.Duration // of the measurement at hand
	total, lost int

	share    float64 // of the last measurement
	usual    float64 // what is lost whatever is sent
	high     int     // measurements above it in a row
	trial    time.Duration
	before   float64 // share when the trial began
	restored float64 // estimate before it
	sum      float64 // of the measurements of the trial
	count    int
}

// count one packet.
func (l *loss) add(lost bool) {
	l.total++
	if lost {
		l.lost++
	}
}

// late takes a loss back.
func (l *loss) late() { l.lost = max(l.lost-1, 0) }

// verdict of a measurement.
type verdict int

const (
	nothing verdict = iota
	tryLess         // send less, and see
	notOurs         // it made no difference: take it back
)

// judge ends a measurement when it is time to. estimate is remembered for notOurs.
func (l *loss) judge(now time.Duration, estimate float64) verdict {
	if now-l.begin < lossWindow || l.total < lossMin {
		return nothing
	}
	l.share = float64(max(l.lost, 0)) / float64(l.total)
	l.begin, l.total, l.lost = now, 0, 0
	if l.trial != 0 {
		l.sum += l.share
		l.count++
		if now < l.trial || l.count < 2 {
			return nothing
		}
		after := l.sum / float64(l.count)
		l.trial, l.high = 0, 0
		if after > l.before*(1-lossGain) {
			l.usual = max(l.usual, min(after, l.before))
			return notOurs
		}
		l.usual = min(l.usual, after)
		return nothing
	}
	if l.share < l.usual {
		l.usual += (l.share - l.usual) / 8 // forgotten slowly
	}
	if l.share < l.usual+lossJump {
		l.high = 0
		return nothing
	}
	if l.high++; l.high < 2 {
		return nothing
	}
	l.before, l.restored, l.sum, l.count = l.share, estimate, 0, 0
	l.trial = now + trialFor
	return tryLess
}
