// Package nack decides which missing packets of one incoming stream to ask for, and when (RFC 4585, section 6.2.1).
// It has no clock and no goroutine: the caller says what came and what time it is.
package nack

import "time"

const (
	maxMissing  = 256                    // packets remembered as missing; more is an outage, not loss
	maxTries    = 10                     // requests for one packet
	maxAge      = time.Second            // after which a packet is too late to be shown
	maxWait     = 20 * time.Millisecond  // for a packet that may only be late by reordering
	minInterval = 20 * time.Millisecond  // between two requests for one packet
	defaultRTT  = 100 * time.Millisecond // when it is unknown
)

type missing struct {
	seq   int64
	since time.Time
	last  time.Time // of the last request; zero before the first
	tries int
}

// Generator follows one stream. The zero value is ready; methods must not be called concurrently.
type Generator struct {
	highest int64
	started bool
	missing []missing // ascending
	lost    uint64
	next    time.Time     // when there is something to ask for; zero: never
	wait    time.Duration // before the first request: none on a path that has not been seen to reorder
}

// Received notes that seq came, again if repaired. It returns false when so many packets are missing that asking for
// them is pointless: they are given up, and a keyframe is the remedy.
func (g *Generator) Received(seq int64, repaired bool, now time.Time) bool {
	switch {
	case !g.started:
		g.started = true
		g.highest = seq
	case seq > g.highest:
		if gap := seq - g.highest - 1; gap+int64(len(g.missing)) > maxMissing {
			g.lost += uint64(gap) + uint64(len(g.missing))
			g.missing, g.next = g.missing[:0], time.Time{}
			g.highest = seq
			return false
		}
		for s := g.highest + 1; s < seq; s++ {
			g.missing = append(g.missing, missing{seq: s, since: now})
			g.sooner(now.Add(g.wait))
		}
		g.highest = seq
	default:
		g.drop(seq, repaired, now)
	}
	return true
}

// sooner makes next no later than at.
func (g *Generator) sooner(at time.Time) {
	if g.next.IsZero() || at.Before(g.next) {
		g.next = at
	}
}

// drop removes seq from the missing packets, and learns from it how much the path reorders.
func (g *Generator) drop(seq int64, repaired bool, now time.Time) {
	for i := range g.missing {
		if g.missing[i].seq != seq {
			continue
		}
		if late := now.Sub(g.missing[i].since); repaired {
			g.wait -= g.wait / 8
		} else if late <= maxWait { // later than that it was sent again, where there is no stream for that
			g.wait = min(max(g.wait, late+late/2), maxWait)
		}
		g.missing = append(g.missing[:i], g.missing[i+1:]...)
		return
	}
}

// Next is when Due has something to say; zero: nothing is missing.
func (g *Generator) Next() time.Time { return g.next }

// Due appends to seqs the packets to ask for now, given the round-trip time to the publisher (0: unknown).
func (g *Generator) Due(seqs []uint16, now time.Time, rtt time.Duration) []uint16 {
	if rtt <= 0 {
		rtt = defaultRTT
	}
	interval := max(minInterval, rtt+rtt/8)
	g.next = time.Time{}
	kept := g.missing[:0]
	for _, m := range g.missing {
		if now.Sub(m.since) > maxAge || m.tries >= maxTries {
			g.lost++
			continue
		}
		due := m.since.Add(g.wait)
		if m.tries > 0 {
			due = m.last.Add(interval)
		}
		if !due.After(now) {
			seqs = append(seqs, uint16(m.seq))
			m.last = now
			m.tries++
			due = now.Add(interval)
		}
		g.sooner(due)
		kept = append(kept, m)
	}
	g.missing = kept
	return seqs
}

// Highest is the highest sequence number that came.
func (g *Generator) Highest() int64 { return g.highest }

// Missing is the number of packets still hoped for.
func (g *Generator) Missing() int { return len(g.missing) }

// Lost counts the packets given up.
func (g *Generator) Lost() uint64 { return g.lost }
