package clip

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

var errCut = errors.New("the file is cut off")

// parseIVF reads an IVF file: a header of 32 bytes, then frames with headers of 12 bytes, all little-endian.
func parseIVF(raw []byte) (*Clip, error) {
	if len(raw) < 32 {
		return nil, errCut
	}
	c := &Clip{}
	var key func([]byte) bool
	switch codec := string(raw[8:12]); codec {
	case "VP80":
		c.MIME, key = "video/VP8", func(b []byte) bool { return len(b) > 0 && b[0]&1 == 0 } // RFC 6386, section 9.1
	case "VP90":
		c.MIME, key = "video/VP9", keyVP9
	case "AV01":
		c.MIME, key = "video/AV1", keyAV1
	default:
		return nil, fmt.Errorf("codec %q is not VP80, VP90 or AV01", codec)
	}
	// A timestamp counts units of scale/rate seconds.
	rate, scale := binary.LittleEndian.Uint32(raw[16:]), binary.LittleEndian.Uint32(raw[20:])
	if rate == 0 || scale == 0 {
		return nil, errors.New("its time base is zero")
	}
	unit := float64(time.Second) * float64(scale) / float64(rate)
	head := int(binary.LittleEndian.Uint16(raw[6:]))
	if head < 32 || head > len(raw) {
		return nil, errCut
	}
	var times []uint64
	for b := raw[head:]; len(b) > 0; {
		if len(b) < 12 {
			return nil, errCut
		}
		size := int(binary.LittleEndian.Uint32(b))
		if size > len(b)-12 {
			return nil, errCut
		}
		times = append(times, binary.LittleEndian.Uint64(b[4:]))
		data := b[12 : 12+size : 12+size]
		c.Frames = append(c.Frames, Frame{Data: data, Key: key(data)})
		b = b[12+size:]
	}
	last := time.Second / 30
	for i := range c.Frames {
		if i+1 < len(times) && times[i+1] > times[i] {
			last = min(time.Duration(float64(times[i+1]-times[i])*unit), time.Minute)
		}
		c.Frames[i].Duration = last // the last frame lasts as long as the one before it
	}
	return c, nil
}

// keyVP9 reads the uncompressed header (VP9 bitstream specification, section 6.2): frame marker 2 bits, profile 2 bits,
// a reserved bit for profile 3, show_existing_frame, frame_type.
func keyVP9(b []byte) bool {
	if len(b) == 0 || b[0]>>6 != 2 {
		return false
	}
	shift := 3
	if b[0]>>4&3 == 3 {
		shift = 2
	}
	return b[0]>>shift&1 == 0 && b[0]>>(shift-1)&1 == 0
}

// keyAV1 looks for a sequence header among the OBUs of a temporal unit (AV1 bitstream specification, section 5.3).
func keyAV1(b []byte) bool {
	for len(b) > 0 {
		kind, i := b[0]>>3&15, 1
		if kind == 1 {
			return true
		}
		if b[0]&4 != 0 {
			i++
		}
		if b[0]&2 == 0 {
			return false
		}
		size, shift := 0, 0
		for {
			if i >= len(b) || shift > 28 {
				return false
			}
			v := b[i]
			i++
			size |= int(v&0x7f) << shift
			shift += 7
			if v&0x80 == 0 {
				break
			}
		}
		if size > len(b)-i {
			return false
		}
		b = b[i+size:]
	}
	return false
}
