package impair

import (
	"errors"
	"fmt"
	"time"
)

// Profile is what a path does to the packets of one direction. The zero Profile lets everything through at once.
// A packet meets, in this order: the queue, the link, loss, then delay. Times are in milliseconds.
type Profile struct {
	Cut   bool    `json:"cut,omitempty"`      // nothing gets through
	Loss  float64 `json:"loss,omitempty"`     // share of packets lost in the long run, 0 to 0.9
	Burst float64 `json:"burst,omitempty"`    // mean length of a run of lost packets, 1 to 1000; 0 and 1: each on its own
	Delay float64 `json:"delay_ms,omitempty"` // mean one-way delay, to 10 s
	// Jitter is the largest deviation from Delay, each value as likely as another; at most Delay.
	Jitter float64 `json:"jitter_ms,omitempty"`
	// Reorder lets packets overtake each other when jitter says so. Otherwise one that would leaves right behind.
	Reorder bool    `json:"reorder,omitempty"`
	Rate    float64 `json:"kbps,omitempty"`     // of the link, IP and UDP headers included, from 8; 0: without limit
	Queue   float64 `json:"queue_ms,omitempty"` // the longest wait for the link: who would wait longer is dropped; 0: 200
	Steps   []Step  `json:"steps,omitempty"`    // changes of the rate, in order of time, at most 1000
}

// Step is a change of the link's rate.
type Step struct {
	After float64 `json:"after_ms"` // since the profile was set
	Rate  float64 `json:"kbps"`     // 0: without limit
}

// defaultQueue is that of a decent home router: room for a keyframe, and short enough to talk across.
const defaultQueue = 200 * time.Millisecond

// minRate is the least of a link, kbit/s: a packet of 1,500 bytes takes 1.5 s. The bounds of times keep few in flight.
const (
	minRate  = 8
	maxRate  = 1e9
	maxDelay = 10_000
	maxSteps = 1000
)

var errBounds = errors.New("out of bounds")

// Check says what is wrong with p, or nil.
func (p Profile) Check() error {
	for _, f := range []struct {
		name               string
		value, least, most float64
	}{
		{"loss", p.Loss, 0, 0.9},
		{"burst", p.Burst, 1, 1000},
		{"delay_ms", p.Delay, 0, maxDelay},
		{"jitter_ms", p.Jitter, 0, p.Delay},
		{"kbps", p.Rate, minRate, maxRate},
		{"queue_ms", p.Queue, 0, maxDelay},
		{"number of steps", float64(len(p.Steps)), 0, maxSteps},
	} {
		if f.value != 0 && !(f.value >= f.least && f.value <= f.most) { // what is not a number is not within either
			return fmt.Errorf("%s: %v is %w (%v to %v)", f.name, f.value, errBounds, f.least, f.most)
		}
	}
	before := 0.0
	for _, s := range p.Steps {
		if !(s.After >= before && s.After <= 1e9) || s.Rate != 0 && !(s.Rate >= minRate && s.Rate <= maxRate) {
			return fmt.Errorf("step to %v kbps after %v ms is %w", s.Rate, s.After, errBounds)
		}
		before = s.After
	}
	return nil
}

// ms is a time of the profile.
func ms(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }
