package connectivity

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A check takes a GET and up to five POSTs: an account has five checks at once, then one every 12 s.
const (
	perSecond   = 0.5
	burst       = 30
	maxAccounts = 4096 // remembered
)

// rates bounds what each account asks. The zero value is ready.
type rates struct {
	mu       sync.Mutex // guards accounts
	accounts map[string]*rate.Limiter
}

func (r *rates) allow(account string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.accounts[account]
	if l == nil {
		if len(r.accounts) >= maxAccounts {
			r.forget()
		}
		if r.accounts == nil {
			r.accounts = map[string]*rate.Limiter{}
		}
		l = rate.NewLimiter(perSecond, burst)
		r.accounts[account] = l
	}
	return l.Allow()
}

// forget drops the accounts that may do everything again, or all when each is being used.
func (r *rates) forget() {
	now := time.Now()
	for account, l := range r.accounts {
		if l.TokensAt(now) >= burst {
			delete(r.accounts, account)
		}
	}
	if len(r.accounts) >= maxAccounts {
		clear(r.accounts)
	}
}
