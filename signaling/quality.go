package signaling

import (
	"time"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/signaling/quality"
)

// quality keeps what a page says of playing what it receives, for the next picture. What comes too soon is ignored.
func (c *conn) quality(m signal.ClientQuality) error {
	r, p := c.room, c.peer
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(p.played.At) >= r.limits.report {
		p.played = quality.Report{Tracks: m.Tracks, At: now}
	}
	return nil
}
