package rest

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/gotera/gotera/core/login"
)

// maxLimited bounds the addresses that are remembered; when more call within a second, all but the known ones wait.
const maxLimited = 10_000

// limiter lets each address make one request per interval.
type limiter struct {
	every time.Duration // 0: no limit

	mu        sync.Mutex // guards addresses
	addresses map[string]*rate.Limiter
}

func newLimiter(every time.Duration) *limiter {
	return &limiter{every: every, addresses: map[string]*rate.Limiter{}}
}

// allow refuses a request that comes too soon after the last one of its address.
func (l *limiter) allow(w http.ResponseWriter, r *http.Request) error {
	if l.every == 0 || l.take(network(login.ClientIP(r))) {
		return nil
	}
	w.Header().Set("Retry-After", "1")
	return failMessage(http.StatusTooManyRequests, "Rate Limited")
}

func (l *limiter) take(address string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.addresses[address]
	if known == nil {
		if len(l.addresses) >= maxLimited {
			l.forgetLocked()
		}
		if len(l.addresses) >= maxLimited {
			return false
		}
		known = rate.NewLimiter(rate.Every(l.every), 1)
		l.addresses[address] = known
	}
	return known.Allow()
}

// forgetLocked forgets those who may ask again anyway.
func (l *limiter) forgetLocked() {
	for address, known := range l.addresses {
		if known.Tokens() >= 1 {
			delete(l.addresses, address)
		}
	}
}

// network is what counts as one address: of IPv6 the part that a site is given.
func network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil || !addr.Is6() {
		return ip
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return ip
	}
	return prefix.String()
}
