package dependency

import "testing"

// indications reads the notation of the specification: one letter for each decode target.
func indications(text string) (out []Indication) {
	for _, c := range text {
		out = append(out, map[rune]Indication{'-': NotPresent, 'D': Discardable, 'S': Switch, 'R': Required}[c])
	}
	return out
}

// l2t2 is two spatial and two temporal layers, with decode targets from the best to the least.
func l2t2() *Structure {
	t := func(s, t uint8, dti string, chains []uint8, diffs ...uint16) Template {
		return Template{Spatial: s, Temporal: t, Indications: indications(dti), Diffs: diffs, ChainDiffs: chains}
	}
	return &Structure{
		Offset: 60, // the ids wrap
		Templates: []Template{
			t(0, 0, "SSSS", []uint8{0, 0}),
			t(0, 0, "RRSS", []uint8{4, 3}, 4),
			t(0, 1, "D-D-", []uint8{2, 1}, 2),
			t(1, 0, "SS--", []uint8{1, 1}, 1),
			t(1, 0, "RR--", []uint8{1, 1}, 4, 1),
			t(1, 1, "D---", []uint8{3, 2}, 2, 1),
		},
		Targets:     []Layer{{1, 1}, {1, 0}, {0, 1}, {0, 0}},
		ProtectedBy: []uint8{1, 1, 0, 0},
		Chains:      2,
		Sizes:       []Size{{320, 180}, {640, 360}},
	}
}

func TestStructureRoundTrip(t *testing.T) {
	bare := l2t2()
	bare.Chains, bare.ProtectedBy, bare.Sizes = 0, nil, nil
	for i := range bare.Templates {
		bare.Templates[i].ChainDiffs = nil
	}
	for _, want := range []*Structure{l2t2(), bare} {
		var w bitWriter
		want.write(&w)
		r := bitReader{b: w.b}
		got := readStructure(&r)
		if got == nil {
			t.Fatal("not read")
		}
		if r.at != w.size() {
			t.Errorf("read %d bits of %d", r.at, w.size())
		}
		sameStructure(t, got, want)
		for n := range w.b {
			r := bitReader{b: w.b[:n]}
			if readStructure(&r) != nil {
				t.Errorf("%d bytes of a structure of %d were taken", n, len(w.b))
			}
		}
	}
}

func TestWithin(t *testing.T) {
	s := l2t2()
	for _, tt := range []struct {
		l    Layer
		want uint32
	}{{Layer{1, 1}, 0b1111}, {Layer{1, 0}, 0b1010}, {Layer{0, 1}, 0b1100}, {Layer{0, 0}, 0b1000}} {
		if got := s.Within(tt.l); got != tt.want {
			t.Errorf("Within(%v) = %04b, want %04b", tt.l, got, tt.want)
		}
	}
}
