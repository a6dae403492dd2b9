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

// oggPackets joins the segments of all pages to packets: one ends with a segment shorter than 255 bytes.
func oggPackets(raw []byte) ([][]byte, error) {
	const head = 27
	var packets [][]byte
	var packet []byte
	for len(raw) > 0 {
		if len(raw) < head || string(raw[:4]) != "OggS" || len(raw) < head+int(raw[26]) {
			return nil, errCut
		}
		table := raw[head : head+int(raw[26])]
		raw = raw[head+len(table):]
		for _, n := range table {
			if int(n) > len(raw) {
				return nil, errCut
			}
			packet = append(packet, raw[:n]...)
			raw = raw[n:]
			if n < 255 {
				packets = append(packets, packet)
				packet = nil
			}
		}
	}
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
