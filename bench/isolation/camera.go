package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
)

// A published picture: 30 a second of five packets, 1.3 Mbit/s, the first of which says when it was sent, and its number.
const (
	interval   = time.Second / 30
	frameBytes = 5 * 1100
	stampAt    = 12 // behind the header of a VP8 keyframe (RFC 6386, section 9.1)
)

var mark = []byte("isolation")

// camera is a peer.Media.
type camera struct {
	next   time.Time
	number atomic.Uint64
}

// MIME is for peer.Media, as Next and Keyframe are.
func (*camera) MIME() string { return "video/VP8" }

// Next waits for the next picture. All are keyframes to those who look at their first bytes.
func (c *camera) Next(ctx context.Context) ([]byte, time.Duration, error) {
	now := time.Now()
	if c.next.IsZero() {
		c.next = now
	}
	select {
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	case <-time.After(time.Until(c.next)):
	}
	c.next = c.next.Add(interval)
	b := make([]byte, frameBytes)
	copy(b, []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01}) // 640 x 360
	n := stampAt + copy(b[stampAt:], mark)
	binary.BigEndian.PutUint64(b[n:], c.number.Add(1))
	binary.BigEndian.PutUint64(b[n+8:], uint64(time.Now().UnixNano()))
	return b, interval, nil
}

// Keyframe has nothing to do.
func (*camera) Keyframe() {}

// stamp reads what a packet says, if it is the first of a picture.
func stamp(p *rtp.Packet) (number uint64, sent time.Time, ok bool) {
	i := bytes.Index(p.Payload[:min(len(p.Payload), 64)], mark)
	if i < 0 || len(p.Payload) < i+len(mark)+16 {
		return 0, time.Time{}, false
	}
	b := p.Payload[i+len(mark):]
	return binary.BigEndian.Uint64(b), time.Unix(0, int64(binary.BigEndian.Uint64(b[8:]))), true
}
