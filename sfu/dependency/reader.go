package dependency

// Reader reads the descriptors of one RTP stream, in the order in which its packets come: late, twice or never. The zero
// value is ready. Methods must not be called concurrently.
type Reader struct {
	current, previous sequence
	active            uint32 // as the newest frame with a mask says
	activeAt          uint16 // its number
}

// Active is the mask of the decode targets that the sender produces now.
func (r *Reader) Active() uint32 { return r.active }

// sequence is a coded video sequence: the structure that its first frame brought.
type sequence struct {
	structure *Structure
	first     uint16    // number of the first frame
	raw       bitWriter // the structure's bits as they came, to know it again
}

// Read reads the descriptor b into d. It is false when b is not valid, or when the structure that it refers to has not
// come: the packet cannot be used for anything until then. d.Structure is the same pointer as long as the structure is.
func (r *Reader) Read(d *Descriptor, b []byte) bool {
	if len(b) >= mandatory && r.current.structure != nil && before(Number(b), r.current.first) {
		ok := r.readLate(d, b)
		if !ok || !d.Attached || r.current.first-d.Number <= latest {
			return ok
		}
		// The encoder has begun anew, with other numbers.
	} else if !d.read(b, &r.current) {
		return false
	}
	if d.Attached && (r.current.structure == nil || r.current.first != d.Number) {
		next := sequence{structure: d.Structure, first: d.Number, raw: r.current.raw}
		if d.Structure != r.current.structure {
			next.raw = rawStructure(b)
		}
		r.previous, r.current = r.current, next
		r.active, r.activeAt = d.Active, d.Number
	} else if d.HasActive && !before(d.Number, r.activeAt) {
		r.active, r.activeAt = d.Active, d.Number
	}
	return true
}

// latest is how many frames late a packet can be.
const latest = 1024

// readLate reads a descriptor from before the current sequence.
func (r *Reader) readLate(d *Descriptor, b []byte) bool {
	if !d.read(b, &r.previous) {
		return false
	}
	if d.Attached && (r.previous.structure == nil || before(r.previous.first, d.Number)) {
		r.previous = sequence{d.Structure, d.Number, rawStructure(b)}
	}
	return true
}

// before reports whether frame number a precedes b, modulo 2^16.
func before(a, b uint16) bool { return a != b && b-a < 1<<15 }

// again returns the structure of the sequence and skips it in r, if that is what comes next; else nil.
func (s *sequence) again(r *bitReader) *Structure {
	if s.structure == nil || len(s.raw.b) == 0 {
		return nil
	}
	ahead, known := *r, bitReader{b: s.raw.b}
	for left := s.raw.size(); left > 0; {
		n := min(left, 32)
		if ahead.bits(n) != known.bits(n) {
			return nil
		}
		left -= n
	}
	if ahead.over {
		return nil
	}
	*r = ahead
	return s.structure
}

// rawStructure copies the bits of the structure out of a descriptor that has one and is valid.
func rawStructure(b []byte) (w bitWriter) {
	r := bitReader{b: b, at: 8 * mandatory}
	readFlags(&r)
	begin := r.at
	readStructure(&r)
	end := r.at
	r.at = begin
	w.copyBits(&r, end-begin)
	return w
}
