package bus

import "crypto/sha256"

// maxRecent is how many calls a server remembers: those that can arrive while one caller sends again.
const maxRecent = 1024

// recent remembers the last calls. A caller repeats a call, byte for byte with its time, when Redis went away before
// confirming it; another call is never the same.
type recent struct {
	calls map[[sha256.Size]byte]struct{}
	ring  [][sha256.Size]byte
	next  int
}

// seen reports whether the call came before, and remembers it.
func (r *recent) seen(call []byte) bool {
	sum := sha256.Sum256(call)
	if _, ok := r.calls[sum]; ok {
		return true
	}
	if r.calls == nil {
		r.calls = map[[sha256.Size]byte]struct{}{}
	}
	if len(r.ring) < maxRecent {
		r.ring = append(r.ring, sum)
	} else {
		delete(r.calls, r.ring[r.next])
		r.ring[r.next] = sum
		r.next = (r.next + 1) % maxRecent
	}
	r.calls[sum] = struct{}{}
	return false
}
