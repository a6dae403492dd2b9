// Package rate measures bitrates over the last second, cheaply: one addition for each packet.
package rate

import "time"

// Bounds and resolution.
const (
	Layers  = 4                      // spatial, and temporal
	step    = 250 * time.Millisecond // of the window
	steps   = 4
	perStep = int64(step)
)

// Meter measures one stream by spatial and temporal layer. The zero value is ready; methods must not be called
// concurrently.
type Meter struct {
	bytes [steps + 1][Layers][Layers]uint32 // the last is being filled: bytes[at%len]
	at    int64                             // step number of the one being filled
	since int64                             // step number of the first
}

// Add counts bytes of a packet of one layer; layers beyond Layers count as the highest.
func (m *Meter) Add(spatial, temporal int8, bytes int, now time.Time) {
	m.advance(now)
	m.bytes[m.at%int64(len(m.bytes))][clamp(spatial)][clamp(temporal)] += uint32(bytes)
}

func clamp(layer int8) int { return int(min(max(layer, 0), Layers-1)) }

// advance empties the steps that have passed.
func (m *Meter) advance(now time.Time) {
	at := now.UnixNano() / perStep
	if at <= m.at {
		return
	}
	if m.at == 0 || at-m.at > int64(len(m.bytes)) {
		m.bytes = [steps + 1][Layers][Layers]uint32{}
		m.since = at
		m.at = at
		return
	}
	for m.at < at {
		m.at++
		m.bytes[m.at%int64(len(m.bytes))] = [Layers][Layers]uint32{}
	}
}

// Bitrates returns the bit/s of each layer alone, over the whole steps of the last second; over less for a stream that
// has just begun. ok is false before the first whole step.
func (m *Meter) Bitrates(now time.Time) (out [Layers][Layers]uint64, ok bool) {
	m.advance(now)
	whole := min(m.at-m.since, steps)
	if whole < 1 {
		return out, false
	}
	for i := range m.bytes {
		if int64(i) == m.at%int64(len(m.bytes)) {
			continue
		}
		for s := range out {
			for t := range out[s] {
				out[s][t] += uint64(m.bytes[i][s][t])
			}
		}
	}
	for s := range out {
		for t := range out[s] {
			out[s][t] = out[s][t] * 8 * uint64(time.Second) / (uint64(whole) * uint64(step))
		}
	}
	return out, true
}
