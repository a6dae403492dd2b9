package sfu

import (
	"testing"
	"time"

	"github.com/gotera/gotera/sfu/twcc"
)

func TestRedundancyFollowsThePath(t *testing.T) {
	now := time.Unix(0, 0)
	var r redundancy
	r.reported(1000, 100, now) // 10 % of the packets of a track did not come: by reports alone that is the path
	if got := r.depth.Load(); got != 2 {
		t.Fatalf("depth %d by reports, want 2", got)
	}
	feedback := func(packets, lost, limit int) int32 {
		told := make([]twcc.Packet, packets)
		for i := range lost {
			told[i].Lost = true
		}
		now = now.Add(100 * time.Millisecond)
		r.told(told, limit, now)
		return r.depth.Load()
	}
	if got := feedback(200, 0, 2); got != 0 {
		t.Errorf("depth %d although the path loses nothing", got)
	}
	if r.reported(1000, 100, now); r.depth.Load() != 0 {
		t.Error("a report counts for more than what the path itself tells")
	}
	if got := feedback(200, 40, 2); got != 2 {
		t.Errorf("depth %d at 10 %% loss, want 2", got)
	}
	if got := feedback(200, 20, 1); got != 1 {
		t.Errorf("depth %d on a path that has no room for 2", got)
	}
	now = now.Add(time.Second)
	r.told(nil, 2, now)
	late := []twcc.Packet{{Late: true}, {Late: true}}
	before := r.policy.Loss()
	if r.told(late, 2, now); r.policy.Loss() >= before {
		t.Error("late packets still count as lost")
	}
}

func TestAffordableRedundancy(t *testing.T) {
	for _, tt := range []struct {
		budget uint64
		voices int
		want   int
	}{
		{2_000_000, 3, 2}, {300_000, 1, 2}, {300_000, 3, 1}, {150_000, 3, 0}, {100_000, 1, 1}, {50_000, 0, 0},
	} {
		if got := affordable(tt.budget, tt.voices); got != tt.want {
			t.Errorf("%d bit/s for %d voices: depth %d, want %d", tt.budget, tt.voices, got, tt.want)
		}
	}
}

func TestWhatWasNotSentIsNotLost(t *testing.T) {
	var g progress
	g.since(1000, 0, 900)
	for _, tt := range []struct {
		highest uint32
		lost    int64
		sent    uint64
		all     int
		missed  int
	}{
		{1100, 0, 1000, 100, 0},
		{1200, 20, 1080, 80, 0},  // 20 of 100 numbers never came to the server
		{1300, 40, 1170, 90, 10}, // 10 did not, and 10 were lost on the way
		{1400, 40, 1275, 105, 5}, // 5 more are under way
		{1500, 40, 1370, 95, -5}, // and have come
		{200, 0, 1470, 0, 0},     // another stream
		{300, 50, 1570, 100, 50},
	} {
		if all, missed := g.since(tt.highest, tt.lost, tt.sent); all != tt.all || missed != tt.missed {
			t.Errorf("up to %d: %d of %d lost, want %d of %d", tt.highest, missed, all, tt.missed, tt.all)
		}
	}
}
