package turn

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// Reasons for which something was refused. They are labels of metrics.
const (
	refusedMalformed  = iota // not a message that a client may send
	refusedFlood             // too many messages from an address without an allocation, or too many requests of one with
	refusedUsername          // not of a room of this server
	refusedExpired           // a credential that was good once
	refusedCredential        // not the one that belongs to the username
	refusedQuota             // too many allocations
	refusedAddress           // a permission for an address or a port that the grant does not cover
	refusedData              // a packet for one
	refusedBandwidth         // a packet beyond an allocation's bandwidth
	refusedConnection        // too many connections, or one without a use
	refusals
)

var refusalNames = [refusals]string{
	"malformed", "flood", "username", "expired", "credential", "quota", "address", "data", "bandwidth", "connection",
}

// counts is what the server has done since it began.
type counts struct {
	refused           [refusals]atomic.Uint64
	made              atomic.Uint64 // allocations
	bytesIn, bytesOut atomic.Uint64 // relayed to rooms, and from them
}

func (c *counts) refuse(reason int) { c.refused[reason].Add(1) }

func (c *counts) refusedByReason() map[string]uint64 {
	m := make(map[string]uint64, refusals)
	for i, name := range refusalNames {
		m[name] = c.refused[i].Load()
	}
	return m
}

// logEvery is how often refusals are logged, when there were any.
const logEvery = 10 * time.Second

// report logs how much was refused, and why, until ctx ends: a line each interval, however many there were.
func (c *counts) report(ctx context.Context, log *slog.Logger, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var before [refusals]uint64
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var attrs []any
		for i, name := range refusalNames {
			now := c.refused[i].Load()
			if now != before[i] {
				attrs = append(attrs, name, now-before[i])
			}
			before[i] = now
		}
		if attrs != nil {
			log.Warn("refused", attrs...)
		}
	}
}
