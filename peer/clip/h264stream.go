package clip

import (
	"bytes"
	"errors"
)

// maxUnit bounds what is kept of one frame of a stream, in bytes.
const maxUnit = 8 << 20

var errLong = errors.New("a frame is too large")

// H264Stream splits an H.264 Annex B byte stream into access units as it comes. Before a picture from which decoding can
// begin (IDR) it repeats the parameter sets if the encoder has left them out, as many do after the first. The zero value is
// ready.
type H264Stream struct {
	buf     []byte // of the unit that is not complete
	scanned int    // of buf: no start code begins before
	slices  bool   // buf holds a slice
	kinds   uint32 // bit set of the NAL unit types in buf
	last    int    // where the payload of the last NAL unit in buf begins; 0: none has begun
	flushed bool   // Flush took everything: a start code should follow

	sps, pps []byte // with start codes
}

// Write takes the next bytes and returns the units that are complete: that is known when the next one begins. torn: the last
// Flush came too early.
func (s *H264Stream) Write(chunk []byte) (units []Frame, torn bool, err error) {
	s.buf = append(s.buf, chunk...)
	if s.flushed && len(s.buf) >= 4 {
		s.flushed = false
		if n := bytes.Index(s.buf, []byte{0, 0, 1}); n < 0 || len(bytes.Trim(s.buf[:n], "\x00")) > 0 {
			torn = true
			if n < 0 {
				n = len(s.buf) - 2
				s.flushed = true // still in the middle of what is lost
			}
			s.buf = s.buf[n:]
		}
	}
	if s.flushed {
		return nil, torn, nil
	}
	for {
		n := bytes.Index(s.buf[s.scanned:], []byte{0, 0, 1})
		if n < 0 || s.scanned+n+4 >= len(s.buf) {
			break
		}
		start := s.scanned + n
		at := start + 3
		if start > 0 && s.buf[start-1] == 0 {
			start--
		}
		s.note(start)
		kind := s.buf[at] & 31
		if s.slices && begins(kind, s.buf[at+1]) {
			units = append(units, s.take(start))
			at -= start
		}
		s.last, s.scanned = at, at
		s.kinds |= 1 << kind
		s.slices = s.slices || isSlice(kind)
	}
	if len(s.buf) > maxUnit {
		return units, torn, errLong
	}
	return units, torn, nil
}

// Flush returns what is there as a unit, if it may be a whole one: for when nothing has come for a while.
func (s *H264Stream) Flush() (Frame, bool) {
	if !s.slices {
		return Frame{}, false
	}
	s.note(len(s.buf))
	s.flushed = true
	return s.take(len(s.buf)), true
}

// Pending reports whether Flush would return something.
func (s *H264Stream) Pending() bool { return s.slices }

// note remembers the last NAL unit, which ends at end, if it is a parameter set.
func (s *H264Stream) note(end int) {
	if s.last == 0 {
		return
	}
	set := bytes.TrimRight(s.buf[s.last:end], "\x00")
	switch s.buf[s.last] & 31 {
	case nalSPS:
		s.sps = append([]byte{0, 0, 0, 1}, set...)
	case nalPPS:
		s.pps = append([]byte{0, 0, 0, 1}, set...)
	}
}

// take cuts the unit that ends at end off.
func (s *H264Stream) take(end int) Frame {
	f := Frame{Key: s.kinds>>nalIDR&1 == 1}
	if f.Key && s.kinds>>nalSPS&1 == 0 {
		f.Data = append(f.Data, s.sps...)
		f.Data = append(f.Data, s.pps...)
	}
	f.Data = append(f.Data, s.buf[:end]...)
	s.buf = append([]byte(nil), s.buf[end:]...)
	s.scanned, s.last, s.kinds, s.slices = 0, 0, 0, false
	return f
}
