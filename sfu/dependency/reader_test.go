package dependency

import (
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
