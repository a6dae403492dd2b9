package main

import (
	"bytes"
	"encoding/binary"
	"time"
)

// The media that is published: frames at 30/s, each of 5 packets of payloadSize and a smaller one, every 2 s (or on a
// PLI) one of four times the size, together 1.5 Mbit/s.
const (
	frameInterval = time.Second / 30
	payloadSize   = 1100
	frameSize     = 6000
	keyframeSize  = 4 * frameSize
	keyframeEvery = 60 // frames

	audioInterval = 20 * time.Millisecond
	audioSize     = 80 // bytes, Opus at 32 kbit/s
)

// A payload begins with a VP8 descriptor and header (video), then has the stamp.
const (
	stampAt   = 11 // 1 byte descriptor, 10 bytes frame header
	stampSize = 24 // mark, publisher, index, time
	stampMark = 0x6745_2301_efcd_ab89
)

// stamp is what a packet says about itself.
type stamp struct {
	publisher uint32
	index     uint32        // counts up, from 0
	at        time.Duration // since epoch, when it was given to the sending connection
}

// epoch begins the clock of stamps. Publishers and subscribers are in one process, so they share it.
var epoch = time.Now()

func (s stamp) put(b []byte) {
	binary.BigEndian.PutUint64(b, stampMark)
	binary.BigEndian.PutUint32(b[8:], s.publisher)
	binary.BigEndian.PutUint32(b[12:], s.index)
	binary.BigEndian.PutUint64(b[16:], uint64(s.at))
}

func parseStamp(b []byte) stamp {
	return stamp{
		binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:]), time.Duration(binary.BigEndian.Uint64(b[16:])),
	}
}

// stamps calls f for each stamp in a payload: there is more than one when a server made new packets of the frames.
func stamps(payload []byte, f func(stamp)) {
	mark := binary.BigEndian.AppendUint64(nil, stampMark)
	if len(payload) >= stampAt+stampSize && bytes.Equal(payload[stampAt:stampAt+8], mark) {
		f(parseStamp(payload[stampAt:]))
		payload = payload[stampAt+stampSize:]
		if len(payload) <= payloadSize-stampAt-stampSize {
			return
		}
	}
	for {
		i := bytes.Index(payload, mark)
		if i < 0 || len(payload) < i+stampSize {
			return
		}
		f(parseStamp(payload[i:]))
		payload = payload[i+stampSize:]
	}
}

// fill makes the i-th packet of a VP8 frame of 640 by 480 (RFC 7741, section 4.2; RFC 6386, section 9.1).
func fill(b []byte, first, key bool) {
	clear(b[:stampAt])
	if !first {
		return
	}
	b[0] = 0x10 // begins a partition
	b[1] = 0x11 // shown, not a keyframe
	if key {
		copy(b[1:], []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01})
	}
}

// sizes calls f for each packet of a frame.
func sizes(key bool, f func(size int, first, last bool)) {
	left := frameSize
	if key {
		left = keyframeSize
	}
	for first := true; left > 0; first = false {
		n := min(left, payloadSize)
		left -= n
		f(n, first, left == 0)
	}
}
