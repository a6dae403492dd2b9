package turn

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// floodBuckets bounds the memory that sources without an allocation can take. Two that share one share its rate, too: rarely,
// and nobody knows which.
const floodBuckets = 1 << 14

// floods limits the packets of each source that has not proved anything.
type floods struct {
	rate, burst float64
	seed        maphash.Seed

	mu      sync.Mutex // guards buckets
	buckets [floodBuckets]floodBucket
}

type floodBucket struct {
	tokens float32
	at     int64 // Unix milliseconds; 0: full
}

func newFloods(rate, burst float64) *floods {
	return &floods{rate: rate, burst: burst, seed: maphash.MakeSeed()}
}

// allow takes a packet of source, if it has not sent too many.
func (f *floods) allow(source netip.Addr) bool {
	raw := source.As16()
	i := maphash.Bytes(f.seed, raw[:]) % floodBuckets
	now := time.Now().UnixMilli()
	f.mu.Lock()
	defer f.mu.Unlock()
	b := &f.buckets[i]
	tokens := f.burst
	if b.at != 0 {
		tokens = min(f.burst, float64(b.tokens)+f.rate*float64(now-b.at)/1000)
	}
	b.at = now
	if tokens < 1 {
		b.tokens = float32(tokens)
		return false
	}
	b.tokens = float32(tokens - 1)
	return true
}

// sourceOf is what a client's quota is counted by: its address, of IPv6 the network that a home is given (RFC 6177).
func sourceOf(ip netip.Addr) netip.Addr {
	ip = ip.Unmap()
	if ip.Is4() {
		return ip
	}
	prefix, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return ip
	}
	return prefix.Addr()
}
