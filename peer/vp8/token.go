package vp8

// A value from 5 on is a category: a base and extra bits with these probabilities, highest bit first (section 13.2).
var categories = []struct {
	base  int
	probs []uint8
}{
	{5, []uint8{159}},
	{7, []uint8{165, 145}},
	{11, []uint8{173, 148, 140}},
	{19, []uint8{176, 155, 140, 135}},
	{35, []uint8{180, 157, 141, 134, 130}},
	{67, []uint8{254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}},
}

// coefficient writes a block whose only coefficient, if value is not 0, is its first one: 0, or 1 for luma beside Y2.
// above and left are 1 if the neighbour has coefficients; they become 1 if this block has (section 13.3).
func (f *frame) coefficient(plane, first, value int, above, left *int) {
	w := f.tokens
	p := &tokenProbs[plane][first][*above+*left] // positions 0 and 1 are bands 0 and 1
	*above, *left = 0, 0
	if value == 0 {
		w.bit(p[0], false) // end of block
		return
	}
	*above, *left = 1, 1
	size := max(value, -value)
	w.bit(p[0], true)
	w.bit(p[1], true) // not zero
	f.size(p, size)
	w.bit(128, value < 0)
	next := min(size, 2) // the context of the following position
	w.bit(tokenProbs[plane][first+1][next][0], false)
}

// size writes the tokens of the tree below "not zero".
func (f *frame) size(p *[probs]uint8, size int) {
	w := f.tokens
	w.bit(p[2], size > 1)
	if size == 1 {
		return
	}
	w.bit(p[3], size > 4)
	if size <= 4 {
		w.bit(p[4], size > 2)
		if size > 2 {
			w.bit(p[5], size == 4)
		}
		return
	}
	category := 0
	for category+1 < len(categories) && size >= categories[category+1].base {
		category++
	}
	w.bit(p[6], category > 1)
	if category <= 1 {
		w.bit(p[7], category == 1)
	} else {
		w.bit(p[8], category > 3)
		w.bit(p[9+category/4], category%2 == 1)
	}
	c := categories[category]
	for i, prob := range c.probs {
		w.bit(prob, (size-c.base)>>(len(c.probs)-1-i)&1 == 1)
	}
}
