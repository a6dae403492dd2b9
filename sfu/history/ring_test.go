package history

import (
	"bytes"
	"sync"
	"testing"
	"time"
)

// put adds a packet with a payload made of seq and drops the caller's reference.
func put(t *testing.T, pool *Pool, r *Ring, seq int64) bool {
	t.Helper()
	p := pool.Packet([]byte{byte(seq), byte(seq >> 8)})
	p.Seq = seq
	defer p.Release()
	return r.Put(p)
}

func TestRingKeepsTheNewest(t *testing.T) {
	var pool Pool
	r := NewRing(8)
	for seq := int64(-3); seq < 100; seq++ {
		if !put(t, &pool, r, seq) {
			t.Fatalf("Put(%d) = false, want true", seq)
		}
	}
	for seq := int64(92); seq < 100; seq++ {
		p := r.Take(seq)
		if p == nil || p.Payload()[0] != byte(seq) {
			t.Fatalf("Take(%d) = %v", seq, p)
		}
		p.Release()
	}
	for _, seq := range []int64{91, 100, -3} {
		if p := r.Take(seq); p != nil {
			t.Errorf("Take(%d) = %d, want nothing", seq, p.Seq)
		}
	}
}

func TestRingRefusesDuplicatesAndOldPackets(t *testing.T) {
	var pool Pool
	r := NewRing(8)
	put(t, &pool, r, 20)
	if put(t, &pool, r, 20) {
		t.Error("a duplicate was taken")
	}
	if put(t, &pool, r, 12) {
		t.Error("a packet older than the ring was taken")
	}
	if !put(t, &pool, r, 19) {
		t.Error("a reordered packet was refused")
	}
}

func TestTakenPacketOutlivesTheRing(t *testing.T) {
	var pool Pool
	r := NewRing(4)
	put(t, &pool, r, 1)
	p := r.Take(1)
	for seq := int64(2); seq < 50; seq++ {
		put(t, &pool, r, seq)
	}
	r.Clear()
	if !bytes.Equal(p.Payload(), []byte{1, 0}) {
		t.Errorf("payload changed while held: %v", p.Payload())
	}
	p.Release()
}

func TestPoolRefusesOversize(t *testing.T) {
	var pool Pool
	if p := pool.Packet(make([]byte, MaxPayload+1)); p != nil {
		t.Error("an oversized payload was taken")
	}
	if p := pool.Packet(make([]byte, MaxPayload)); p == nil || len(p.Payload()) != MaxPayload {
		t.Error("a payload of the greatest size was refused")
	}
}

func TestRingConcurrently(t *testing.T) {
	var pool Pool
	r := NewRing(64)
	var wg sync.WaitGroup
	wg.Go(func() {
		for seq := range int64(20000) {
			put(t, &pool, r, seq)
		}
	})
	for range 2 {
		wg.Go(func() {
			for seq := range int64(20000) {
				if p := r.Take(seq); p != nil {
					if p.Payload()[0] != byte(seq) {
						t.Errorf("packet %d has the payload of another", seq)
					}
					p.Release()
				}
			}
		})
	}
	wg.Wait()
	r.Clear()
}

func TestOldPacketsAreReleased(t *testing.T) {
	var pool Pool
	r := NewRing(512)
	begin := time.Now()
	for seq := range int64(1200) { // 100 packets/s, one in ten is missing
		if seq%10 == 3 {
			continue
		}
		p := pool.Packet([]byte{1})
		p.Seq, p.Arrived = seq, begin.Add(time.Duration(seq)*10*time.Millisecond)
		if !r.Put(p) {
			t.Fatalf("packet %d refused", seq)
		}
		p.Release()
	}
	for _, tt := range []struct {
		seq  int64
		want bool
	}{{1199, true}, {1001, true}, {999, false}, {994, false}, {1003, false}} {
		p := r.Take(tt.seq)
		if got := p != nil; got != tt.want {
			t.Errorf("packet %d is there: %v, want %v", tt.seq, got, tt.want)
		}
		if p != nil {
			p.Release()
		}
	}
	late := pool.Packet([]byte{1})
	late.Seq, late.Arrived = 1003, begin.Add(12*time.Second)
	if !r.Put(late) || r.Take(1003) == nil {
		t.Error("a late packet is not kept")
	}
}
