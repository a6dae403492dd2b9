package relay

import (
	"time"

	"github.com/gotera/gotera/e2e/netpath/impair"
)

// Report is what a relay did in one direction since it was made.
type Report struct {
	impair.Counts
	// Types is what became of RTP packets, by payload type. RTP's header is not encrypted (RFC 3711, section 3.1); all
	// else on the port is told from it by its first two bytes (RFC 7983; RFC 5761, section 4).
	Types map[uint8]Type `json:"types,omitempty"`
	// Late is how much later than decided packets left the relay, by its own clock, ms: the largest, and the number above
	// 5 ms. It says whether the machine could keep up.
	Late     float64 `json:"late_max_ms"`
	LateOver int     `json:"late_over_5ms"`
	// Overflow packets were not taken since too many were on their way.
	Overflow int `json:"overflow"`
}

// Type counts the RTP packets of a payload type.
type Type struct {
	Packets int `json:"packets"`
	Lost    int `json:"lost"`    // by loss
	Dropped int `json:"dropped"` // by the queue
}

// direction is one way through the relay. All of it is guarded by Relay.mu.
type direction struct {
	path     *impair.Path
	types    map[uint8]Type
	late     time.Duration
	lateOver int
	overflow int
}

func newDirection(seed uint64) *direction {
	return &direction{path: impair.New(seed), types: map[uint8]Type{}}
}

// decide asks the path about a packet and counts what it says.
func (d *direction) decide(now time.Duration, data []byte) (at time.Duration, ok bool) {
	at, fate := d.path.Packet(now, len(data))
	if kind, is := payloadType(data); is {
		t := d.types[kind]
		t.Packets++
		switch fate {
		case impair.Lost:
			t.Lost++
		case impair.Dropped:
			t.Dropped++
		}
		d.types[kind] = t
	}
	return at, fate == impair.Passed
}

// left counts by how much a packet was late.
func (d *direction) left(late time.Duration) {
	d.late = max(d.late, late)
	if late > 5*time.Millisecond {
		d.lateOver++
	}
}

func (d *direction) report() Report {
	r := Report{Counts: d.path.Counts(), Types: map[uint8]Type{}, Late: d.late.Seconds() * 1000, LateOver: d.lateOver, Overflow: d.overflow}
	for k, t := range d.types {
		r.Types[k] = t
	}
	return r
}

// payloadType returns that of an RTP packet.
func payloadType(data []byte) (uint8, bool) {
	if len(data) < 12 || data[0]>>6 != 2 || data[1] >= 192 && data[1] <= 223 {
		return 0, false
	}
	return data[1] & 0x7f, true
}
