package sfu

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestBucket(t *testing.T) {
	for _, tt := range []struct {
		name string
		rate int // packets per second
		want int // of those of 10 s
	}{
		{"media", 3000, 30_000},
		{"as much as may be", maxArrivals, 10 * maxArrivals},
		{"a flood", 5 * maxArrivals, 10*maxArrivals + maxBurst},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var b bucket
				passed := 0
				for range 1000 {
					for range tt.rate / 100 {
						if b.take() {
							passed++
						}
					}
					time.Sleep(10 * time.Millisecond)
				}
				if passed > tt.want || passed < tt.want-maxArrivals/50 {
					t.Errorf("%d packets passed, want %d", passed, tt.want)
				}
			})
		})
	}
}

// What a path held back passes at once, and what comes after it too.
func TestBucketTakesABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bucket
		for range 5 {
			time.Sleep(2 * time.Second)
			for i := range maxBurst {
				if !b.take() {
					t.Fatalf("packet %d of the burst was dropped", i)
				}
			}
		}
	})
}
