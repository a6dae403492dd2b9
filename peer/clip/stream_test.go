package clip_test

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/gotera/gotera/peer/clip"
)

const (
	aud   = "\x00\x00\x00\x01\x09\x10"
	sps   = "\x00\x00\x00\x01\x67\x42\xc0\x0a"
	pps   = "\x00\x00\x00\x01\x68\xce\x3c"
	idr   = "\x00\x00\x00\x01\x65\x88\x80\x10"
	more  = "\x00\x00\x01\x65\x08\x80\x20" // second slice of the same picture
	inter = "\x00\x00\x00\x01\x41\x9a\x80\x30"
)

// Whatever the pieces in which a stream comes, its units are the same.
func TestH264StreamInPieces(t *testing.T) {
	stream := []byte(aud + sps + pps + idr + more + aud + inter + aud + idr + aud + inter)
	want := []string{aud + sps + pps + idr + more, aud + inter, sps + pps + aud + idr, aud + inter}
	for size := 1; size <= len(stream); size++ {
		var s clip.H264Stream
		var got []clip.Frame
		for piece := range slices.Chunk(stream, size) {
			units, torn, err := s.Write(piece)
			if torn || err != nil {
				t.Fatalf("pieces of %d: torn %v, %v", size, torn, err)
			}
			got = append(got, units...)
		}
		if last, ok := s.Flush(); ok {
			got = append(got, last)
		}
		if len(got) != len(want) {
			t.Fatalf("pieces of %d: got %d units, want %d", size, len(got), len(want))
		}
		for i, f := range got {
			if string(f.Data) != want[i] || f.Key != (i%2 == 0) {
				t.Errorf("pieces of %d: unit %d is %q, key %v; want %q", size, i, f.Data, f.Key, want[i])
			}
		}
	}
}

// A unit that was taken too early is told of, and what follows is whole again.
func TestH264StreamFlushedTooEarly(t *testing.T) {
	var s clip.H264Stream
	half := len(sps+pps+idr) - 2
	s.Write([]byte((sps + pps + idr)[:half])) //nolint:errcheck // it is no error
	if f, ok := s.Flush(); !ok || len(f.Data) != half {
		t.Fatalf("got %d bytes, %v", len(f.Data), ok)
	}
	units, torn, err := s.Write([]byte((sps + pps + idr)[half:] + "abc" + inter + inter))
	if !torn || err != nil || len(units) != 1 || string(units[0].Data[len(units[0].Data)-len(inter)+1:]) != inter[1:] {
		t.Errorf("got %v, torn %v, %v", units, torn, err)
	}
	if f, _ := s.Flush(); string(f.Data) != inter {
		t.Errorf("then %q", f.Data)
	}
	if _, torn, _ := s.Write([]byte(inter + inter)); torn {
		t.Error("a flush between two units counts as too early")
	}
}

func TestOggStreamInPieces(t *testing.T) {
	raw, err := os.ReadFile("tone.ogg")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := clip.Parse(raw, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 7, 100, 4096, len(raw)} {
		var s clip.OggStream
		var got []clip.Frame
		for piece := range slices.Chunk(raw, size) {
			frames, err := s.Write(piece)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, frames...)
		}
		if len(got) != len(whole.Frames) {
			t.Fatalf("pieces of %d: got %d packets, want %d", size, len(got), len(whole.Frames))
		}
		for i := range got {
			if !bytes.Equal(got[i].Data, whole.Frames[i].Data) {
				t.Fatalf("pieces of %d: packet %d differs", size, i)
			}
		}
	}
	var s clip.OggStream
	if _, err := s.Write(bytes.Repeat([]byte("no Ogg "), 10)); err == nil {
		t.Error("text is taken for Ogg")
	}
}

func FuzzStreams(f *testing.F) {
	f.Add([]byte(aud+sps+pps+idr+more+aud+inter), uint8(3))
	f.Add([]byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x08OpusHead"), uint8(5))
	f.Fuzz(func(_ *testing.T, raw []byte, size uint8) {
		var h clip.H264Stream
		var o clip.OggStream
		for piece := range slices.Chunk(raw, int(size)+1) {
			h.Write(piece) //nolint:errcheck // it may be an error, and no panic
			o.Write(piece) //nolint:errcheck // likewise
			if size%3 == 0 {
				h.Flush()
			}
		}
	})
}
