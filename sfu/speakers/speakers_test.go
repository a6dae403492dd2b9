package speakers

import (
	"slices"
	"testing"
	"time"
)

// scene plays levels to a detector, an interval at a time.
type scene struct {
	Detector
	t       *testing.T
	now     time.Time
	changes int
	list    []string
}

func newScene(t *testing.T) *scene { return &scene{t: t, now: time.Unix(0, 0)} }

// play lets each track be as loud as given, in dBov, for d; 1 is DTX: no packet.
func (s *scene) play(d time.Duration, levels map[string]int) {
	s.t.Helper()
	for range d / Interval {
		var samples []Sample
		for id, level := range levels {
			sample := Sample{ID: id}
			if level <= 0 {
				sample.Packets, sample.Loudness, sample.Voice = 5, 5*(127+level), 5
			}
			samples = append(samples, sample)
		}
		s.now = s.now.Add(Interval)
		list, changed := s.Update(s.now, samples)
		if changed {
			s.changes++
		}
		if changed == slices.Equal(list, s.list) {
			s.t.Fatalf("Update said changed %v: %v, then %v", changed, s.list, list)
		}
		s.list = list
	}
}

func (s *scene) want(ids ...string) {
	s.t.Helper()
	if !slices.Equal(s.list, ids) {
		s.t.Fatalf("after %v speak %v, want %v", s.now.Sub(time.Unix(0, 0)), s.list, ids)
	}
}

const dtx = 1

func TestSpeakerStartsAndStops(t *testing.T) {
	s := newScene(t)
	s.play(time.Second, map[string]int{"a": -80, "b": dtx})
	s.want()
	s.play(200*time.Millisecond, map[string]int{"a": -25, "b": dtx}) // a cough
	s.play(time.Second, map[string]int{"a": -80, "b": dtx})
	s.want()
	s.play(300*time.Millisecond, map[string]int{"a": -25, "b": dtx})
	s.want("a")
	s.play(time.Second, map[string]int{"a": dtx, "b": dtx}) // a pause
	s.want("a")
	s.play(time.Second, map[string]int{"a": dtx, "b": dtx})
	s.want()
	if s.changes != 2 {
		t.Errorf("%d changes, want 2", s.changes)
	}
	if s.play(time.Second, map[string]int{"a": dtx}); !s.Quiet() {
		t.Error("not quiet after a second of silence")
	}
}

func TestFloorChangesHandsWithoutFlicker(t *testing.T) {
	s := newScene(t)
	s.play(2*time.Second, map[string]int{"a": -25, "b": -70})
	s.want("a")
	s.play(500*time.Millisecond, map[string]int{"a": -25, "b": -30}) // b interrupts, no louder
	s.want("a", "b")
	s.play(2*time.Second, map[string]int{"a": dtx, "b": -30})
	s.want("b")
	s.play(time.Second, map[string]int{"a": -30, "b": -30})
	s.want("b", "a")
	before := s.changes
	for range 50 { // both speak, by turns a little louder
		s.play(200*time.Millisecond, map[string]int{"a": -28, "b": -31})
		s.play(200*time.Millisecond, map[string]int{"a": -31, "b": -28})
	}
	if s.changes != before {
		t.Errorf("%d changes while two speak alike", s.changes-before)
	}
}

func TestClearlyLouderOvertakes(t *testing.T) {
	s := newScene(t)
	s.play(2*time.Second, map[string]int{"a": -40, "b": dtx})
	s.want("a")
	s.play(time.Second, map[string]int{"a": -40, "b": -15})
	s.want("a", "b")
	s.play(2*time.Second, map[string]int{"a": -40, "b": -15})
	s.want("b", "a")
}

func TestSteadyNoiseIsNoSpeaker(t *testing.T) {
	s := newScene(t)
	s.play(30*time.Second, map[string]int{"fan": -45})
	s.want()
	s.play(time.Second, map[string]int{"fan": -20}) // somebody speaks beside it
	s.want("fan")
}

func TestLongMonologueGoesOn(t *testing.T) {
	s := newScene(t)
	for range 300 {
		s.play(800*time.Millisecond, map[string]int{"a": -22})
		s.play(200*time.Millisecond, map[string]int{"a": -60})
	}
	s.want("a")
	if s.changes != 1 {
		t.Errorf("%d changes in five minutes of one voice", s.changes)
	}
}

func TestVoiceBitCountsWhereItIsUsed(t *testing.T) {
	d := Detector{}
	now := time.Unix(0, 0)
	update := func(n, voice int) []string {
		var list []string
		for range n {
			now = now.Add(Interval)
			list, _ = d.Update(now, []Sample{{ID: "a", Packets: 5, Loudness: 5 * 100, Voice: voice}})
		}
		return list
	}
	if got := update(10, 0); len(got) != 1 {
		t.Fatalf("a loud track that never sets the bit: %v", got)
	}
	if got := update(10, 5); len(got) != 1 {
		t.Fatalf("with the bit: %v", got)
	}
	if got := update(20, 0); len(got) != 0 {
		t.Fatalf("loud, but the publisher says that it is no voice: %v", got)
	}
}

func TestAtMostMaxAndGoneTracks(t *testing.T) {
	s := newScene(t)
	loud := map[string]int{"a": -20, "b": -20, "c": -20, "d": -20, "e": -20}
	s.play(2*time.Second, loud)
	if len(s.list) != Max {
		t.Fatalf("%v speak, want %d", s.list, Max)
	}
	first := s.list[0]
	delete(loud, first)
	s.play(Interval, loud)
	if slices.Contains(s.list, first) || len(s.list) != Max {
		t.Errorf("%v speak after %s left", s.list, first)
	}
}
