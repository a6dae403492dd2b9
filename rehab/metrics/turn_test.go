package metrics

import (
	"testing"

	"github.com/gotera/gotera/rehab/turn"
)

func TestTURN(t *testing.T) {
	m := newMetrics()
	if _, served := scrape(t, m)["gotera_turn_up"]; served {
		t.Error("metrics of a TURN server without one")
	}
	var st *turn.Status
	m.ServeTURN(func() (turn.Status, bool) {
		if st == nil {
			return turn.Status{}, false
		}
		return *st, true
	})
	f := scrape(t, m)
	if got := value(t, f, "turn_up", ""); got != 0 {
		t.Errorf("up before it has said anything: %v", got)
	}
	st = &turn.Status{Allocations: 3, Connections: 2, Made: 7, BytesIn: 100, BytesOut: 200, Refused: map[string]uint64{"address": 5}}
	f = scrape(t, m)
	for _, tt := range []struct {
		name, labels string
		want         float64
	}{
		{"turn_up", "", 1}, {"turn_allocations", "", 3}, {"turn_connections", "", 2}, {"turn_allocations_total", "", 7},
		{"turn_bytes_total", "direction=in", 100}, {"turn_bytes_total", "direction=out", 200},
		{"turn_refused_total", "reason=address", 5},
	} {
		if got := value(t, f, tt.name, tt.labels); got != tt.want {
			t.Errorf("%s{%s} = %v, want %v", tt.name, tt.labels, got, tt.want)
		}
	}
}
