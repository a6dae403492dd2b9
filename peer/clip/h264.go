package clip

import (
	"bytes"
	"time"
)

// NAL unit types (ITU-T H.264, table 7-1).
const (
	nalSlice = 1
	nalIDR   = 5
	nalSEI   = 6
	nalSPS   = 7
	nalPPS   = 8
	nalAUD   = 9
)

// parseH264 splits an Annex B byte stream into access units (ITU-T H.264, section 7.4.1.2.3, for streams without
// redundant pictures): a new one begins with a delimiter, a parameter set or the first slice of a picture.
func parseH264(raw []byte, rate float64) *Clip {
	if rate <= 0 {
		rate = 30
	}
	c := &Clip{MIME: "video/H264"}
	each := time.Duration(float64(time.Second) / rate)
	start, slices, key := 0, false, false
	flush := func(end int) {
		if slices {
			c.Frames = append(c.Frames, Frame{Data: raw[start:end:end], Duration: each, Key: key})
			start, slices, key = end, false, false
		}
	}
	for _, n := range nalUnits(raw) {
		slice := isSlice(n.kind)
		if n.at+1 < len(raw) && begins(n.kind, raw[n.at+1]) {
			flush(n.start)
		}
		slices = slices || slice
		key = key || n.kind == nalIDR
	}
	flush(len(raw))
	return c
}

func isSlice(kind byte) bool { return kind >= nalSlice && kind <= nalIDR }

// begins reports whether a NAL unit may begin an access unit: next is the byte behind its first.
func begins(kind, next byte) bool {
	return kind >= nalSEI && kind <= nalAUD || isSlice(kind) && next&0x80 != 0 // first_mb_in_slice is 0: a single 1 bit
}

type nal struct {
	start int // of its start code
	at    int // of its first byte
	kind  byte
}

// nalUnits finds the start codes, 00 00 01 with or without a zero before.
func nalUnits(raw []byte) []nal {
	var units []nal
	for i := 0; ; {
		n := bytes.Index(raw[i:], []byte{0, 0, 1})
		if n < 0 || i+n+3 >= len(raw) {
			return units
		}
		start, at := i+n, i+n+3
		if start > 0 && raw[start-1] == 0 {
			start--
		}
		units = append(units, nal{start, at, raw[at] & 31})
		i = at
	}
}
