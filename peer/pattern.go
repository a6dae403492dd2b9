package peer

import (
	"context"
	"hash/fnv"
	"time"

	"github.com/gotera/gotera/peer/clip"
	"github.com/gotera/gotera/peer/vp8"
)

// Size and speed of the test picture: 320 by 240 pixels at 15 frames per second, about 250 kbit/s.
const (
	patternColumns = 20
	patternRows    = 15
	patternFrame   = time.Second / 15
)

// Pattern is a moving test picture in VP8 that every browser decodes: colour bars, a white bar that wanders over them,
// a ground in a colour of the label's own, and at the bottom the number of the frame in binary (white: 1, lowest bit on
// the right). Each frame is a key frame.
type Pattern struct {
	clock  clock
	ground vp8.Colour
	count  uint32
}

// NewPattern returns a Pattern; different labels look different.
func NewPattern(label string) *Pattern {
	h := fnv.New32a()
	h.Write([]byte(label)) //nolint:errcheck // never fails
	v := h.Sum32()
	return &Pattern{ground: vp8.Colour{Y: 60 + uint8(v%100), U: 70 + uint8(v>>8%116), V: 70 + uint8(v>>16%116)}}
}

// NewTone returns a swelling 440 Hz tone in Opus.
func NewTone() *Player { return NewPlayer(clip.Tone()) }

// MIME is part of Media.
func (p *Pattern) MIME() string { return "video/VP8" }

// Keyframe is part of Media; there is nothing to do.
func (p *Pattern) Keyframe() {}

// Next is part of Media.
func (p *Pattern) Next(ctx context.Context) ([]byte, time.Duration, error) {
	if err := p.clock.wait(ctx, patternFrame); err != nil {
		return nil, 0, err
	}
	frame, err := vp8.Encode(patternColumns, patternRows, p.colour)
	p.count++
	return frame, patternFrame, err
}

// bars are white, yellow, cyan, green, magenta, red and blue at 75 % (BT.601).
var bars = []vp8.Colour{
	{Y: 180, U: 128, V: 128}, {Y: 162, U: 44, V: 142}, {Y: 131, U: 156, V: 44}, {Y: 112, U: 72, V: 58},
	{Y: 84, U: 184, V: 198}, {Y: 65, U: 100, V: 212}, {Y: 35, U: 212, V: 114},
}

func (p *Pattern) colour(column, row int) vp8.Colour {
	switch {
	case row == patternRows-1: // the frame number
		if p.count>>(patternColumns-1-column)&1 == 1 {
			return vp8.Colour{Y: 235, U: 128, V: 128}
		}
		return vp8.Colour{Y: 16, U: 128, V: 128}
	case column == int(p.count)%patternColumns:
		return vp8.Colour{Y: 235, U: 128, V: 128}
	case row < patternRows*2/3:
		return bars[column*len(bars)/patternColumns]
	}
	return p.ground
}
