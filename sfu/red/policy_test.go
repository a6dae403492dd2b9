package red

import (
	"math/rand/v2"
	"testing"
	"time"
)

// play reports seconds of loss, as receiver reports do, and returns the depth after each.
func play(p *Policy, now *time.Time, seconds int, loss float64, random *rand.Rand) (depths []int) {
	for range seconds {
		lost := 0
		for range 200 {
			if random.Float64() < loss {
				lost++
			}
		}
		*now = now.Add(time.Second)
		p.Reported(lost, 200, *now)
		p.Asked(0, 50, *now)
		depths = append(depths, p.Depth(*now))
	}
	return depths
}

func TestPolicyFollowsLoss(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var p Policy
	now := time.Unix(0, 0)
	for i, d := range play(&p, &now, 60, 0.001, random) {
		if d != 0 {
			t.Fatalf("depth %d after %d s of a good path", d, i+1)
		}
	}
	if d := play(&p, &now, 3, 0.1, random); d[2] != 2 {
		t.Errorf("depths %v in 3 s of 10 %% loss, want 2 at last", d)
	}
	for i, d := range play(&p, &now, 60, 0.1, random) {
		if d != 2 {
			t.Fatalf("depth %d after %d s of 10 %% loss", d, i+1)
		}
	}
	d := play(&p, &now, 14, 0, random)
	if d[13] != 2 {
		t.Errorf("taken back after 14 s without loss: %v", d)
	}
	if d = play(&p, &now, 46, 0, random); d[45] != 0 {
		t.Errorf("not taken back after a minute without loss: %v", d)
	}
}

func TestPolicyDoesNotFlickerAroundALimit(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var p Policy
	now := time.Unix(0, 0)
	changes, last := 0, 0
	for _, d := range play(&p, &now, 600, 0.01, random) {
		if d != last {
			changes++
		}
		last = d
	}
	if changes > 3 {
		t.Errorf("%d changes in ten minutes of 1 %% loss", changes)
	}
}

func TestPolicyActsOnTheSecondPacketAskedFor(t *testing.T) {
	var p Policy
	now := time.Unix(0, 0)
	p.Asked(0, 50, now)
	now = now.Add(time.Second)
	if p.Asked(1, 100, now); p.Depth(now) != 0 {
		t.Error("one lost packet is enough for redundancy")
	}
	now = now.Add(200 * time.Millisecond)
	if p.Asked(1, 10, now); p.Depth(now) != 1 {
		t.Error("two of 160 packets are not enough for redundancy")
	}
}
