// Package vp8 encodes key frames of flat 16 by 16 blocks: just enough VP8 (RFC 6386) for a test picture that every
// decoder shows exactly, without an encoder library. It codes each block as the difference to the prediction from its
// neighbours. Start at Encode.
package vp8

import "fmt"

// BlockSize is the width and height of one block, in pixels.
const BlockSize = 16

// Colour is that of one block, in the full range that decoders hand out (BT.601: Y 16 to 235, U and V 16 to 240).
type Colour struct{ Y, U, V uint8 }

// Kinds of coefficient blocks, in the order of the tables.
const (
	planeY  = 0 // luma without its mean
	planeY2 = 1 // the means of a block's luma
	planeUV = 2
)

// Encode returns one key frame of columns by rows blocks, 1 to 1023 each, coloured by at.
func Encode(columns, rows int, at func(column, row int) Colour) ([]byte, error) {
	if columns < 1 || columns > 1023 || rows < 1 || rows > 1023 {
		return nil, fmt.Errorf("vp8: %d by %d blocks, should be 1 to 1023", columns, rows)
	}
	f := frame{
		modes: newBitWriter(), tokens: newBitWriter(),
		above: make([]edge, columns), colours: make([]Colour, columns),
	}
	f.header()
	for row := range rows {
		f.left = edge{}
		for column := range columns {
			f.block(column, row, at(column, row))
		}
	}
	return f.assemble(columns*BlockSize, rows*BlockSize)
}

type frame struct {
	modes   *bitWriter // first partition: headers and modes
	tokens  *bitWriter // second partition: coefficients
	above   []edge     // of the row above, by column
	left    edge
	colours []Colour // of the last block in each column
}

// edge says which coefficient blocks at the edge of a block have coefficients: the contexts of its neighbours. Those of
// luma blocks beside Y2 never have.
type edge struct{ y2, u, v int }

// header writes the frame header (section 9.2 to 9.11, 19.2): no segments, no loop filter, finest quantizer.
func (f *frame) header() {
	w := f.modes
	w.literal(0, 1)   // colour space: BT.601
	w.literal(0, 1)   // clamping: needed
	w.literal(0, 1)   // no segments
	w.literal(0, 1)   // filter: normal
	w.literal(0, 6+3) // its level and sharpness: off
	w.literal(0, 1)   // no filter adjustments
	w.literal(0, 2)   // one token partition
	w.literal(0, 7+5) // quantizer 0, no deltas: DC of Y2 is worth 8, of chroma 4
	w.literal(0, 1)   // probabilities are for this frame only
	for i := range updateProbs {
		for j := range updateProbs[i] {
			for k := range updateProbs[i][j] {
				for _, p := range updateProbs[i][j][k] {
					w.bit(p, false)
				}
			}
		}
	}
	w.literal(1, 1) // blocks without coefficients are marked
	w.literal(skipProb, 8)
}

// skipProb is the probability, of 256, that a block has coefficients. Most blocks of a test picture look like those
// around them.
const skipProb = 90

// block codes one block: DC prediction for luma and chroma, and the difference to it.
func (f *frame) block(column, row int, c Colour) {
	predicted := f.predict(column, row)
	// At quantizer 0 a Y2 coefficient of 8, or a chroma coefficient of 2, changes every pixel by one (sections 14.3, 14.4).
	y := 8 * (int(c.Y) - int(predicted.Y))
	u := 2 * (int(c.U) - int(predicted.U))
	v := 2 * (int(c.V) - int(predicted.V))
	f.colours[column] = c

	skip := y == 0 && u == 0 && v == 0
	w := f.modes
	w.bit(skipProb, skip)
	w.bit(145, true) // luma mode: DC_PRED is 1, 0, 0 in the tree of key frames (section 11.2)
	w.bit(156, false)
	w.bit(163, false)
	w.bit(142, false) // chroma mode: DC_PRED

	a, l := &f.above[column], &f.left
	if skip {
		*a, *l = edge{}, edge{}
		return
	}
	f.coefficient(planeY2, 0, y, &a.y2, &l.y2)
	for range 16 {
		none := 0
		f.coefficient(planeY, 1, 0, &none, &none)
	}
	f.square(u, &a.u, &l.u)
	f.square(v, &a.v, &l.v)
}

// square codes the four equal blocks of one chroma plane.
func (f *frame) square(value int, above, left *int) {
	a, l := [2]int{*above, *above}, [2]int{*left, *left} // both halves of an edge are alike
	for i := range 4 {
		f.coefficient(planeUV, 0, value, &a[i%2], &l[i/2])
	}
	*above, *left = a[0], l[0]
}

// predict is the mean of the pixels above and to the left, 128 where there are none (section 12.2).
func (f *frame) predict(column, row int) Colour {
	switch {
	case row == 0 && column == 0:
		return Colour{128, 128, 128}
	case row == 0:
		return f.colours[column-1]
	case column == 0:
		return f.colours[0]
	}
	a, l := f.colours[column], f.colours[column-1]
	mean := func(a, b uint8) uint8 { return uint8((int(a) + int(b) + 1) / 2) }
	return Colour{mean(a.Y, l.Y), mean(a.U, l.U), mean(a.V, l.V)}
}

// assemble puts the uncompressed head (section 9.1) before the partitions.
func (f *frame) assemble(width, height int) ([]byte, error) {
	first, second := f.modes.bytes(), f.tokens.bytes()
	if len(first) >= 1<<19 {
		return nil, fmt.Errorf("vp8: first partition of %d bytes", len(first))
	}
	tag := uint32(len(first))<<5 | 1<<4 // shown, version 0, key frame
	out := make([]byte, 0, 10+len(first)+len(second))
	out = append(out, byte(tag), byte(tag>>8), byte(tag>>16), 0x9d, 0x01, 0x2a,
		byte(width), byte(width>>8), byte(height), byte(height>>8))
	out = append(out, first...)
	return append(out, second...), nil
}
