package dependency

import (
	"encoding/hex"
	"reflect"
	"testing"
)

func sameStructure(t *testing.T, got, want *Structure) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// frame makes a descriptor of a whole frame in one packet.
func frame(s *Structure, number uint16, template int, attached bool) []byte {
	d := Descriptor{Start: true, End: true, Number: number, Structure: s, Attached: attached, Template: s.Templates[template]}
	return d.Append(nil, template)
}

func TestRead(t *testing.T) {
	s := l2t2()
	var r Reader
	var d Descriptor
	if r.Read(&d, frame(s, 9, 1, false)) {
		t.Fatal("a frame without known structure was read")
	}
	key := frame(s, 10, 0, true)
	if !r.Read(&d, key) || !d.Attached || d.Number != 10 || !d.HasActive || d.Active != 0b1111 || len(d.Diffs) != 0 {
		t.Fatalf("keyframe: %+v", d)
	}
	sameStructure(t, d.Structure, s)
	known := d.Structure
	delta := frame(s, 12, 4, false)
	if len(delta) != 3 {
		t.Errorf("a frame like its template takes %d bytes", len(delta))
	}
	if !r.Read(&d, delta) || d.Attached || d.HasActive || d.Number != 12 || d.Spatial != 1 || d.Structure != known ||
		!reflect.DeepEqual(d.Template, s.Templates[4]) {
		t.Errorf("delta frame: %+v", d)
	}
	for n := range key {
		if r.Read(&d, key[:n]) && n != 3 { // the first 3 bytes are a descriptor too
			t.Errorf("%d bytes of a keyframe's %d were taken", n, len(key))
		}
	}
}

func TestReadCustomFields(t *testing.T) {
	s := l2t2()
	var r Reader
	var d Descriptor
	r.Read(&d, frame(s, 1, 0, true))
	want := Descriptor{
		Start: true, Number: 7, Structure: d.Structure, HasActive: true, Active: 0b1010,
		Template: Template{Spatial: 1, Indications: indications("RD--"), Diffs: []uint16{1, 17, 300, 4096}, ChainDiffs: []uint8{255, 0}},
	}
	if !r.Read(&d, want.Append(nil, 4)) {
		t.Fatal("not read")
	}
	if !reflect.DeepEqual(d.Template, want.Template) || d.Active != want.Active || !d.Start || d.End || !d.HasActive {
		t.Errorf("got %+v, want %+v", d, want)
	}
}

func TestReadLatePacketsOfTheSequenceBefore(t *testing.T) {
	first, second := l2t2(), l2t2()
	second.Offset = 20
	var r Reader
	var d Descriptor
	r.Read(&d, frame(first, 65535, 0, true))
	old := d.Structure
	r.Read(&d, frame(second, 3, 0, true))
	if d.Structure == old {
		t.Fatal("the new structure was not taken")
	}
	if !r.Read(&d, frame(first, 1, 4, false)) || d.Structure != old || d.Spatial != 1 {
		t.Errorf("late frame: %+v", d)
	}
	if !r.Read(&d, frame(second, 4, 3, false)) || d.Structure == old {
		t.Errorf("the frame after it: %+v", d)
	}
}

func TestReadKeepsTheStructureThatComesAgain(t *testing.T) {
	s := l2t2()
	var r Reader
	var d Descriptor
	r.Read(&d, frame(s, 1, 0, true))
	old := d.Structure
	key := frame(s, 100, 0, true)
	if n := testing.AllocsPerRun(10, func() { r.Read(&d, key) }); n != 0 || d.Structure != old || !d.Attached {
		t.Errorf("%v allocations, same structure: %v", n, d.Structure == old)
	}
}

func TestReadAfterTheEncoderBeganAnew(t *testing.T) {
	first, second := l2t2(), l2t2()
	second.Offset = 20
	var r Reader
	var d Descriptor
	r.Read(&d, frame(first, 30000, 0, true))
	r.Read(&d, frame(first, 30001, 3, false))
	for i := range uint16(100) {
		template := 3
		if i == 0 {
			template = 0
		}
		if !r.Read(&d, frame(second, 100+i, template, i == 0)) || d.Structure.Offset != 20 {
			t.Fatalf("frame %d: %+v", i, d)
		}
	}
	r.Read(&d, frame(first, 300, 0, true))
	if !r.Read(&d, frame(second, 150, 3, false)) || d.Structure.Offset != 20 {
		t.Errorf("late frame: %+v", d)
	}
}

func TestRewrite(t *testing.T) {
	s := l2t2()
	custom := Descriptor{Number: 2, End: true, Structure: s, HasActive: true, Active: 0b1000, Template: s.Templates[1]}
	custom.Diffs = []uint16{1}
	for name, src := range map[string][]byte{
		"key": frame(s, 1, 0, true), "delta": frame(s, 2, 4, false), "custom": custom.Append(nil, 1),
	} {
		var before, after Descriptor
		var r, again Reader
		key := frame(s, 1, 0, true)
		r.Read(&before, key)
		again.Read(&after, key)
		r.Read(&before, src)
		out, ok := Rewrite([]byte{0xee}, src, before.Number+1000, 0b1010, 4)
		if !ok || out[0] != 0xee {
			t.Fatalf("%s: not rewritten", name)
		}
		if !again.Read(&after, out[1:]) {
			t.Fatalf("%s: % x became % x, which is not read", name, src, out[1:])
		}
		if after.Active != 0b1010 || after.Number != before.Number+1000 || after.Start != before.Start || after.End != before.End ||
			after.Attached != before.Attached || !reflect.DeepEqual(after.Template, before.Template) {
			t.Errorf("%s: got %+v, want %+v", name, after, before)
		}
	}
	if _, ok := Rewrite(nil, []byte{1, 2}, 1, 1, 1); ok {
		t.Error("two bytes were rewritten")
	}
}

// chromium is what Chromium 156 sends with AV1 in L3T3, in a keyframe and after it.
var chromium = struct {
	key    string
	deltas []string
}{
	"c10001c0081485214eafffaaaa863cf0430c10c302afc0aaa0063c00430010c002a000a80006000040001d954926e082b04a0941b820ac1282503157" +
		"f974000ca864330e222222eca8655304224230eca87753013f00b3027f016704ff02cf1f80",
	[]string{"c60002", "c30003581d10080000", "c20004581d200c0000", "c300055ffd00100c0c", "c800065ffd3400504040"},
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReadChromium(t *testing.T) {
	var r Reader
	var d Descriptor
	if !r.Read(&d, unhex(t, chromium.key)) || !d.Attached || !d.Start || !d.End || d.Number != 1 {
		t.Fatalf("keyframe: %+v", d)
	}
	s := d.Structure
	if len(s.Targets) != 9 || s.Chains != 3 || s.Targets[8] != (Layer{2, 2}) || s.Targets[0] != (Layer{0, 0}) {
		t.Errorf("decode targets %v, %d chains", s.Targets, s.Chains)
	}
	if !reflect.DeepEqual(s.Sizes, []Size{{320, 180}, {640, 360}, {1280, 720}}) {
		t.Errorf("sizes %v", s.Sizes)
	}
	for i, want := range []struct {
		number            uint16
		spatial, temporal uint8
		diffs             []uint16
	}{
		{2, 1, 0, []uint16{1}}, {3, 0, 2, []uint16{2}}, {4, 0, 1, []uint16{3}}, {5, 0, 2, []uint16{1}}, {6, 1, 2, []uint16{4, 1}},
	} {
		if !r.Read(&d, unhex(t, chromium.deltas[i])) || d.Number != want.number || d.Spatial != want.spatial ||
			d.Temporal != want.temporal || !reflect.DeepEqual(d.Diffs, want.diffs) {
			t.Errorf("frame %d: got %d, layer %d/%d, refers to %v", i, d.Number, d.Spatial, d.Temporal, d.Diffs)
		}
	}
}
