package selection

// known is what became of a frame.
type known uint8

const (
	unseen known = iota
	dropped
	sent
	top // sent, and it is of the highest layer: the picture ends with it
)

// frameMemory is how many frames are remembered: more than 2 s of three spatial layers.
const frameMemory = 256

// frames remembers what became of the last frames of a stream, by their numbers. The zero value is ready.
type frames struct {
	list [frameMemory]struct {
		number int64
		known  known
		target int8 // the decode target then in use
	}
}

func (f *frames) at(number int64) known {
	e := &f.list[number&(frameMemory-1)]
	if e.number != number {
		return unseen
	}
	return e.known
}

func (f *frames) set(number int64, k known, target int) {
	e := &f.list[number&(frameMemory-1)]
	e.number, e.known, e.target = number, k, int8(target)
}

// target is the decode target that was in use at a frame that has been seen.
func (f *frames) target(number int64) int { return int(f.list[number&(frameMemory-1)].target) }

// extended returns the number with the lower bits of v nearest to highest; bits is a mask of lower bits.
func extended(highest int64, v, bits uint16) int64 {
	d := int64((v - uint16(highest)) & bits)
	if d > int64(bits>>1) {
		d -= int64(bits) + 1
	}
	return highest + d
}
