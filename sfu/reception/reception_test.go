package reception

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestReportCountsLossSinceLastReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Stream{ClockRate: 90000}
		for seq := int64(65500); seq < 65600; seq++ {
			if seq%4 != 0 {
				s.Received(seq, uint32(seq)*3000, time.Now())
			}
		}
		r, ok := s.Report(time.Now())
		if !ok {
			t.Fatal("no report")
		}
		// 65501 is the first seen: 24 of the 99 from there to 65599 are missing
		if r.TotalLost != 24 || r.Highest != 65599 || r.FractionLost != 24*256/99 {
			t.Errorf("got %+v, want 24 lost of 99", r)
		}
		for seq := int64(65600); seq < 65700; seq++ {
			s.Received(seq, uint32(seq)*3000, time.Now())
		}
		if r, _ = s.Report(time.Now()); r.FractionLost != 0 || r.TotalLost != 24 {
			t.Errorf("second report: got %+v, want no new loss", r)
		}
	})
}

func TestLatePacketIsNotLost(t *testing.T) {
	s := Stream{ClockRate: 90000}
	now := time.Now()
	for _, seq := range []int64{1, 2, 4, 5, 3} {
		s.Received(seq, 0, now)
	}
	if r, _ := s.Report(now); r.TotalLost != 0 {
		t.Errorf("lost %d, want 0", r.TotalLost)
	}
}

func TestJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Stream{ClockRate: 48000}
		for i := range int64(200) {
			if i%2 == 0 {
				time.Sleep(30 * time.Millisecond)
			} else {
				time.Sleep(10 * time.Millisecond)
			}
			s.Received(i, uint32(i)*960+1<<31, time.Now())
		}
		if j := s.Jitter(); j < 9*time.Millisecond || j > 11*time.Millisecond {
			t.Errorf("jitter = %v, want 10ms", j)
		}
	})
}

func TestDelayAndMapping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Stream{ClockRate: 90000}
		s.Received(1, 1000, time.Now())
		ntp := NTP(time.Now())
		s.SenderReport(ntp, 1000, time.Now())
		time.Sleep(500 * time.Millisecond)
		r, _ := s.Report(time.Now())
		if r.LastSR != uint32(ntp>>16) || r.Delay != 32768 {
			t.Errorf("got %+v, want a delay of 32768", r)
		}
		n, rtp := s.Mapping().Advance(time.Now(), 90000)
		if n != ntp+1<<31 || rtp != 46000 {
			t.Errorf("mapping after 500ms: ntp +%d, rtp %d", n-ntp, rtp)
		}
		if got := RoundTrip(time.Now().Add(-time.Second), time.Now(), 65536*9/10); got < 99*time.Millisecond || got > 101*time.Millisecond {
			t.Errorf("round trip %v, want 100ms", got)
		}
	})
}

func TestMissingCountsWhatDidNotComeByItself(t *testing.T) {
	s := Stream{ClockRate: 90000}
	if got := s.Missing(); got != 0 {
		t.Errorf("before the first packet: %d", got)
	}
	for _, seq := range []int64{10, 11, 14, 12, 20} { // 12 is late, 13 and 15 to 19 do not come
		s.Received(seq, 0, time.Now())
	}
	if got := s.Missing(); got != 6 {
		t.Errorf("missing = %d, want 6", got)
	}
	s.Report(time.Now())
	if got := s.Missing(); got != 6 {
		t.Errorf("after a report: missing = %d, want 6", got)
	}
}

func TestDuplicatesAndReorderingAreNoLoss(t *testing.T) {
	s := Stream{ClockRate: 48000}
	now := time.Now()
	for seq := int64(100); seq < 2100; seq += 4 { // by fours, backwards, the last of each twice
		for i := int64(3); i >= 0; i-- {
			s.Received(seq+i, 0, now)
		}
		s.Received(seq, 0, now)
	}
	r, _ := s.Report(now)
	if r.TotalLost != 0 || r.FractionLost != 0 || r.Highest != 2099 {
		t.Errorf("got %+v, want nothing lost", r)
	}
	s.Received(2100+5, 0, now) // five are missing
	for range 5 {
		s.Received(2100+5, 0, now) // duplicates do not make up for them
	}
	if r, _ = s.Report(now); r.TotalLost != 5 || r.FractionLost != 5*256/6 {
		t.Errorf("got %+v, want 5 of 6 lost", r)
	}
	s.Received(2105-window, 0, now) // far too late: came already, or counts no more
	for seq := int64(2104); seq >= 2100; seq-- {
		s.Received(seq, 0, now)
	}
	if r, _ = s.Report(now); r.TotalLost != 0 {
		t.Errorf("%d lost after all of them came late", r.TotalLost)
	}
}

func TestAJumpLongerThanTheWindow(t *testing.T) {
	s := Stream{ClockRate: 48000}
	now := time.Now()
	s.Received(1, 0, now)
	s.Received(1+3*window, 0, now)
	s.Received(3*window, 0, now) // its place in the window is that of one that never came
	if r, _ := s.Report(now); r.TotalLost != 3*window+1-3 {
		t.Errorf("%d lost, want %d", r.TotalLost, 3*window-2)
	}
}

// Silence suppression sends two packets per second and leaves the timestamps running: neither loss nor jitter.
func TestSilenceIsNeitherLossNorJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Stream{ClockRate: 48000}
		seq, start := int64(0), time.Now()
		for range 20 {
			for range 50 {
				s.Received(seq, uint32(time.Since(start).Milliseconds()*48), time.Now())
				seq++
				time.Sleep(20 * time.Millisecond)
			}
			for range 5 {
				s.Received(seq, uint32(time.Since(start).Milliseconds()*48), time.Now())
				seq++
				time.Sleep(400 * time.Millisecond)
			}
		}
		if r, _ := s.Report(time.Now()); r.TotalLost != 0 || r.FractionLost != 0 {
			t.Errorf("got %+v, want nothing lost", r)
		}
		if j := s.Jitter(); j > time.Millisecond {
			t.Errorf("jitter of %v", j)
		}
	})
}

func TestNothingIsReportedOfAStreamThatIsSilent(t *testing.T) {
	s := Stream{ClockRate: 48000}
	now := time.Now()
	s.Received(1, 0, now)
	if _, ok := s.Report(now); !ok {
		t.Fatal("no report of the first packet")
	}
	if r, ok := s.Report(now.Add(time.Second)); ok {
		t.Errorf("reported %+v, although nothing came", r)
	}
	s.Received(3, 1920, now.Add(2*time.Second))
	if r, ok := s.Report(now.Add(2 * time.Second)); !ok || r.FractionLost != 128 {
		t.Errorf("then reported %+v, %t, want half of two lost", r, ok)
	}
}
