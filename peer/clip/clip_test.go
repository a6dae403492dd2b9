package clip_test

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotera/gotera/peer/clip"
	"github.com/gotera/gotera/peer/vp8"
)

// ivf makes a file of frames at 1/30 s, or with a gap of gap units before the last.
func ivf(codec string, frames [][]byte, gap uint64) []byte {
	b := append([]byte("DKIF\x00\x00\x20\x00"), codec...)
	b = binary.LittleEndian.AppendUint16(b, 320)
	b = binary.LittleEndian.AppendUint16(b, 240)
	b = binary.LittleEndian.AppendUint32(b, 30)
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(frames)))
	b = binary.LittleEndian.AppendUint32(b, 0)
	at := uint64(0)
	for i, f := range frames {
		if i == len(frames)-1 {
			at += gap - 1
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(len(f)))
		b = binary.LittleEndian.AppendUint64(b, at)
		b = append(b, f...)
		at++
	}
	return b
}

func TestIVF(t *testing.T) {
	key, err := vp8.Encode(2, 2, func(x, y int) vp8.Colour { return vp8.Colour{Y: 100} })
	if err != nil {
		t.Fatal(err)
	}
	c, err := clip.Parse(ivf("VP80", [][]byte{key, {0x01, 2}, key}, 3), 0)
	if err != nil {
		t.Fatal(err)
	}
	if c.MIME != "video/VP8" || len(c.Frames) != 3 {
		t.Fatalf("got %s with %d frames", c.MIME, len(c.Frames))
	}
	if !c.Frames[0].Key || c.Frames[1].Key || !c.Frames[2].Key {
		t.Error("key frames are not told from others")
	}
	if got := c.Frames[0].Duration.Round(time.Millisecond); got != 33*time.Millisecond {
		t.Errorf("first frame lasts %v, want 33ms", got)
	}
	if got := c.Frames[1].Duration.Round(time.Millisecond); got != 100*time.Millisecond {
		t.Errorf("frame before the gap lasts %v, want 100ms", got)
	}
}

func TestToneIsOneSecond(t *testing.T) {
	c := clip.Tone()
	var sum time.Duration
	for _, f := range c.Frames {
		sum += f.Duration
	}
	if c.MIME != "audio/opus" || sum != time.Second {
		t.Errorf("got %s of %v, want a second of audio/opus", c.MIME, sum)
	}
}

func TestH264AccessUnits(t *testing.T) {
	const (
		aud   = "\x00\x00\x00\x01\x09\x10"
		sps   = "\x00\x00\x00\x01\x67\x42\x00\x0a"
		pps   = "\x00\x00\x00\x01\x68\xce"
		idr   = "\x00\x00\x01\x65\x88\x80"
		more  = "\x00\x00\x01\x65\x08\x80" // second slice of the same picture
		inter = "\x00\x00\x01\x41\x9a\x80"
	)
	for name, tt := range map[string]struct {
		stream string
		want   []int // bytes of each unit
		keys   []bool
	}{
		"with delimiters": {aud + sps + pps + idr + aud + inter, []int{len(aud + sps + pps + idr), len(aud + inter)}, []bool{true, false}},
		"without":         {sps + pps + idr + inter + inter, []int{len(sps + pps + idr), len(inter), len(inter)}, []bool{true, false, false}},
		"two slices":      {sps + pps + idr + more + inter, []int{len(sps + pps + idr + more), len(inter)}, []bool{true, false}},
	} {
		c, err := clip.Parse([]byte(tt.stream), 25)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(c.Frames) != len(tt.want) {
			t.Errorf("%s: got %d units, want %d", name, len(c.Frames), len(tt.want))
			continue
		}
		for i, f := range c.Frames {
			if len(f.Data) != tt.want[i] || f.Key != tt.keys[i] || f.Duration != 40*time.Millisecond {
				t.Errorf("%s: unit %d is %d bytes, key %v, %v; want %d, %v, 40ms", name, i, len(f.Data), f.Key, f.Duration, tt.want[i], tt.keys[i])
			}
		}
	}
}

func TestBadFilesAreRefused(t *testing.T) {
	good := ivf("VP80", [][]byte{{0, 1, 2}}, 1)
	for name, tt := range map[string]struct{ raw, want string }{
		"empty":         {"", "neither IVF"},
		"text":          {"hello", "neither IVF"},
		"cut header":    {"DKIF", "cut off"},
		"cut frame":     {string(good[:len(good)-1]), "cut off"},
		"no frames":     {string(good[:32]), "no frames"},
		"unknown codec": {string(ivf("XXXX", nil, 1)), `codec "XXXX"`},
		"no key frame":  {string(ivf("VP80", [][]byte{{1}}, 1)), "key frame"},
		"cut ogg":       {"OggS", "cut off"},
		"no opus":       {"OggS" + strings.Repeat("\x00", 23), "not Opus"},
	} {
		if _, err := clip.Parse([]byte(tt.raw), 0); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
	if _, err := clip.Load(filepath.Join(t.TempDir(), "none"), 0); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(ivf("VP90", [][]byte{{0x82, 0x49}}, 1))
	f.Add(ivf("AV01", [][]byte{{0x0a, 1, 0}}, 1))
	f.Add([]byte("\x00\x00\x01\x65\x88\x00\x00\x01\x41\x9a"))
	f.Add([]byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x08OpusHead"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := clip.Parse(raw, 0)
		if err == nil && (len(c.Frames) == 0 || !c.Frames[0].Key) {
			t.Error("a clip that cannot be played was accepted")
		}
	})
}
