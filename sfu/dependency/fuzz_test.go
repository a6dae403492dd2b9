package dependency

import (
	"reflect"
	"testing"
)

func FuzzRead(f *testing.F) {
	s := l2t2()
	f.Add(frame(s, 1, 0, true), frame(s, 2, 3, false))
	f.Add(frame(s, 65530, 0, true), []byte{0xc4, 0, 1, 0x78, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{}, []byte{0xc1, 0x01, 0x72})
	for _, delta := range chromium.deltas {
		f.Add(unhex(f, chromium.key), unhex(f, delta))
	}
	f.Add(unhex(f, "c00001c003187aaaf130a0a014d1413823046008642222265027f016704ff02cf3"), unhex(f, "c200021a000800")) // L2T2
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var r Reader
		var d Descriptor
		for _, in := range [][]byte{a, b, a} {
			if !r.Read(&d, in[:len(in):len(in)]) {
				continue
			}
			check(t, &d)
			out, ok := Rewrite(nil, in, d.Number+7, d.Active, len(d.Structure.Targets))
			if !ok {
				if len(in) < MaxSize-8 {
					t.Fatalf("% x was read and is not rewritten", in)
				}
				continue
			}
			var again Descriptor
			if !again.read(out, &sequence{structure: d.Structure}) {
				t.Fatalf("% x became % x, which is not read", in, out)
			}
			if !reflect.DeepEqual(again.Template, d.Template) || again.Number != d.Number+7 || again.Active != d.Active {
				t.Fatalf("% x became % x: %+v, want %+v", in, out, again, d)
			}
		}
	})
}

// check looks for what the users of a descriptor rely on.
func check(t *testing.T, d *Descriptor) {
	s := d.Structure
	if s == nil || len(s.Targets) < 1 || len(s.Targets) > maxTargets || len(s.Templates) > maxTemplates || s.Chains > len(s.Targets) {
		t.Fatalf("structure %+v", s)
	}
	if len(d.Indications) != len(s.Targets) || len(d.ChainDiffs) != s.Chains || len(d.Diffs) > maxDiffs {
		t.Fatalf("frame %+v", d.Template)
	}
	if s.Chains > 0 && len(s.ProtectedBy) != len(s.Targets) {
		t.Fatal("a decode target has no chain")
	}
	for _, c := range s.ProtectedBy {
		if int(c) >= s.Chains {
			t.Fatalf("chain %d of %d", c, s.Chains)
		}
	}
	for _, diff := range d.Diffs {
		if diff < 1 {
			t.Fatal("a frame refers to itself")
		}
	}
}
