package clip

import (
	"bytes"
	"errors"
	"time"
)

// parseOgg reads the Opus packets of an Ogg file with one stream (RFC 3533, RFC 7845).
func parseOgg(raw []byte) (*Clip, error) {
	packets, err := oggPackets(raw)
	if err != nil {
		return nil, err
	}
	if len(packets) < 2 || !bytes.HasPrefix(packets[0], []byte("OpusHead")) || !bytes.HasPrefix(packets[1], []byte("OpusTags")) {
		return nil, errors.New("not Opus")
	}
	c := &Clip{MIME: "audio/opus"}
	for _, p := range packets[2:] {
		if d := opusDuration(p); d > 0 {
			c.Frames = append(c.Frames, Frame{Data: p, Duration: d, Key: true})
		}
	}
	return c, nil
}

// oggPackets joins the segments of all pages to packets.
func oggPackets(raw []byte) ([][]byte, error) {
	var pages OggStream
	packets, err := pages.packets(raw)
	if err == nil && len(pages.rest) > 0 {
		err = errCut
	}
	return packets, err
}

// OggStream reads an Ogg Opus stream as it comes. The zero value is ready.
type OggStream struct {
	rest   []byte // the beginning of a page
	packet []byte // the beginning of a packet
	opus   bool   // its head was seen
}

// Write takes the next bytes and returns the packets that are complete with them.
func (o *OggStream) Write(chunk []byte) ([]Frame, error) {
	packets, err := o.packets(chunk)
	var frames []Frame
	for _, p := range packets {
		switch {
		case bytes.HasPrefix(p, []byte("OpusHead")):
			o.opus = true
		case !o.opus:
			return frames, errors.New("not Opus")
		case bytes.HasPrefix(p, []byte("OpusTags")):
		default:
			if d := opusDuration(p); d > 0 {
				frames = append(frames, Frame{Data: p, Duration: d, Key: true})
			}
		}
	}
	return frames, err
}

// packets joins segments to packets: one ends with a segment shorter than 255 bytes.
func (o *OggStream) packets(chunk []byte) ([][]byte, error) {
	const head = 27
	raw := append(o.rest, chunk...)
	var packets [][]byte
	for {
		if magic := min(len(raw), 4); string(raw[:magic]) != "OggS"[:magic] {
			return packets, errCut
		}
		if len(raw) < head || len(raw) < head+int(raw[26]) {
			break
		}
		table := raw[head : head+int(raw[26])]
		size := head + len(table)
		for _, n := range table {
			size += int(n)
		}
		if len(raw) < size {
			break
		}
		body := raw[head+len(table) : size]
		for _, n := range table {
			o.packet = append(o.packet, body[:n]...)
			body = body[n:]
			if n < 255 {
				packets = append(packets, o.packet)
				o.packet = nil
			}
		}
		raw = raw[size:]
		if len(o.packet) > maxUnit {
			return packets, errLong
		}
	}
	o.rest = bytes.Clone(raw)
	return packets, nil
}

// opusDuration reads the length of a packet from its first bytes (RFC 6716, section 3.1); 0 when it is not valid.
func opusDuration(p []byte) time.Duration {
	if len(p) == 0 {
		return 0
	}
	var frame time.Duration
	switch config := p[0] >> 3; {
	case config < 12: // SILK
		frame = []time.Duration{10, 20, 40, 60}[config&3] * time.Millisecond
	case config < 16: // hybrid
		frame = []time.Duration{10, 20}[config&1] * time.Millisecond
	default: // CELT
		frame = []time.Duration{2500, 5000, 10000, 20000}[config&3] * time.Microsecond
	}
	switch p[0] & 3 {
	case 0:
		return frame
	case 1, 2:
		return 2 * frame
	}
	if len(p) < 2 {
		return 0
	}
	return min(time.Duration(p[1]&63)*frame, 120*time.Millisecond)
}
