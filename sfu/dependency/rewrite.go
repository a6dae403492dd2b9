package dependency

import "encoding/binary"

// Number is the frame number in a descriptor, which has at least 3 bytes.
func Number(b []byte) uint16 { return binary.BigEndian.Uint16(b[1:]) }

// SetNumber writes another frame number into a descriptor.
func SetNumber(b []byte, number uint16) { binary.BigEndian.PutUint16(b[1:], number) }

// Rewrite appends to dst the descriptor src with another frame number and with active as its active decode targets;
// targets is how many the structure has. It is false, with dst as it was, when src is not valid or would become longer than
// MaxSize.
func Rewrite(dst, src []byte, number uint16, active uint32, targets int) ([]byte, bool) {
	if len(src) < mandatory || len(src) > MaxSize || targets < 1 || targets > maxTargets {
		return dst, false
	}
	r := bitReader{b: src}
	w := bitWriter{b: dst}
	w.copyBits(&r, 8)
	r.at += 16
	w.bits(uint32(number), 16)
	f := readFlags(&r)
	w.flag(f.attached)
	w.flag(true)
	w.flag(f.dtis)
	w.flag(f.diffs)
	w.flag(f.chains)
	if f.attached {
		begin := r.at
		s := readStructure(&r)
		if s == nil || len(s.Targets) != targets {
			return dst, false
		}
		end := r.at
		r.at = begin
		w.copyBits(&r, end-begin)
	}
	w.bits(active, targets)
	if f.active {
		r.bits(targets)
	}
	if f.dtis || f.diffs || f.chains {
		w.copyBits(&r, 8*len(src)-r.at) // to the end: what follows the last field is padding
	}
	if r.over || len(w.b)-len(dst) > MaxSize {
		return dst, false
	}
	return w.b, true
}
