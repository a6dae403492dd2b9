package peer

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/gotera/gotera/peer/clip"
)

// Player plays a clip in a loop, in real time.
type Player struct {
	clip  *clip.Clip
	clock clock
	next  int
	key   int         // last key frame played
	wish  atomic.Bool // Keyframe was called
}

// NewPlayer returns a Player at the beginning of c.
func NewPlayer(c *clip.Clip) *Player { return &Player{clip: c} }

// MIME is part of Media.
func (p *Player) MIME() string { return p.clip.MIME }

// Keyframe makes the player go back to the last key frame it played, unless the next one is less than half a second away:
// then that is soon enough.
func (p *Player) Keyframe() { p.wish.Store(true) }

// Next is part of Media.
func (p *Player) Next(ctx context.Context) ([]byte, time.Duration, error) {
	if p.wish.Swap(false) && p.away() > time.Second/2 {
		p.next = p.key
	}
	f := p.clip.Frames[p.next]
	if f.Key {
		p.key = p.next
	}
	p.next = (p.next + 1) % len(p.clip.Frames)
	if err := p.clock.wait(ctx, f.Duration); err != nil {
		return nil, 0, err
	}
	return f.Data, f.Duration, nil
}

// away is the time until the next key frame.
func (p *Player) away() time.Duration {
	var d time.Duration
	for i := p.next; d <= time.Second; i = (i + 1) % len(p.clip.Frames) {
		if p.clip.Frames[i].Key {
			return d
		}
		d += p.clip.Frames[i].Duration
	}
	return d
}

// clock spaces frames in real time. One that is more than a second late gives up the delay.
type clock struct{ due time.Time }

// wait returns when the next frame is due, the one after it d later.
func (c *clock) wait(ctx context.Context, d time.Duration) error {
	now := time.Now()
	if now.Sub(c.due) > time.Second {
		c.due = now
	}
	timer := time.NewTimer(c.due.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	c.due = c.due.Add(d)
	return nil
}
