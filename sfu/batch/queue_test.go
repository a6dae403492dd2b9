package batch

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// trainsOf is what couple makes of packets of these sizes to one destination: the sizes in each train.
func trainsOf(sizes ...int) [][]int {
	q, d := &queue{}, &Dest{}
	for _, n := range sizes {
		q.add(d, n, 1000)
	}
	q.couple(true)
	var out [][]int
	for _, t := range q.trains {
		var one []int
		for i := t.first; ; i = q.packets[i].next {
			one = append(one, len(q.packets[i].data))
			if q.packets[i].next == 0 {
				break
			}
		}
		out = append(out, one)
	}
	return out
}

func TestTrains(t *testing.T) {
	for _, tt := range []struct {
		sizes []int
		want  [][]int
	}{
		{[]int{9}, [][]int{{9}}},
		{[]int{9, 9, 9, 5}, [][]int{{9, 9, 9, 5}}},
		{[]int{9, 5, 5, 9}, [][]int{{9, 5}, {5}, {9}}},           // a smaller one is the last
		{[]int{5, 9, 9}, [][]int{{5}, {9, 9}}},                   // a larger one begins anew
		{[]int{9, 9, 5, 9, 9, 5}, [][]int{{9, 9, 5}, {9, 9, 5}}}, // two frames
	} {
		if got := trainsOf(tt.sizes...); !slices.EqualFunc(got, tt.want, slices.Equal) {
			t.Errorf("sizes %v: got %v, want %v", tt.sizes, got, tt.want)
		}
	}
	if got := trainsOf(slices.Repeat([]int{100}, 150)...); len(got) != 3 || len(got[0]) != maxSegments {
		t.Errorf("150 packets of 100 bytes are %d trains", len(got))
	}
	if got := trainsOf(slices.Repeat([]int{1400}, 60)...); len(got) != 2 || len(got[0]) != maxTrainBytes/1400 {
		t.Errorf("60 packets of 1400 bytes are %d trains, the first of %d", len(got), len(got[0]))
	}
}

func TestTrainsKeepEveryPacketAndTheOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		q := &queue{}
		dests := make([]Dest, 1+r.IntN(5))
		want := map[*Dest][]int32{}
		for i := range int32(1 + r.IntN(300)) {
			d := &dests[r.IntN(len(dests))]
			if q.add(d, 50+50*r.IntN(3), 1000) == nil {
				t.Fatal("full")
			}
			want[d] = append(want[d], i)
		}
		q.couple(r.IntN(4) > 0)
		got := map[*Dest][]int32{}
		for _, tr := range q.trains {
			count := int32(0)
			for i := tr.first; ; i = q.packets[i].next {
				got[tr.dest] = append(got[tr.dest], i)
				count++
				if q.packets[i].next == 0 {
					break
				}
			}
			if count != tr.count {
				t.Errorf("train of %d says %d", count, tr.count)
			}
		}
		for d := range want {
			if !slices.Equal(got[d], want[d]) {
				t.Fatalf("got %v, want %v", got[d], want[d])
			}
		}
	}
}

func TestQueueIsBounded(t *testing.T) {
	q := &queue{}
	for range 2 {
		n := 0
		for q.add(&Dest{}, 1200, 1000) != nil {
			n++
		}
		if want := maxChunks * (chunkSize / 1200); n != want {
			t.Errorf("took %d packets, want %d", n, want)
		}
		q.reset()
	}
	n := 0
	for q.add(&Dest{}, 20, 1000) != nil {
		n++
	}
	if n != maxPackets {
		t.Errorf("took %d small packets, want %d", n, maxPackets)
	}
}

func TestQueueGrowsWithDestinations(t *testing.T) {
	for _, tt := range []struct{ dests, chunks int }{{0, 1}, {3, 1}, {9, 2}, {50, 7}, {1000, maxChunks}} {
		q, n := &queue{}, 0
		for q.add(&Dest{}, chunkSize/4, tt.dests) != nil {
			n++
		}
		if n != 4*tt.chunks {
			t.Errorf("%d destinations: %d chunks, want %d", tt.dests, n/4, tt.chunks)
		}
	}
}
