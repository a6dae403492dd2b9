package login

import (
	"context"
	"errors"
	"sync"
)

// maxWaiting bounds the password checks of one account that wait for their turn.
const maxWaiting = 64

var errTooMany = errors.New("too many logins of one account at once")

// turns lets the password checks of one account run one after the other: many correct ones at once, as of a program that
// sends HTTP Basic with every request, are no failed attempts, and many wrong ones are not more than the limit.
type turns struct {
	mu  sync.Mutex
	all map[string]*turn
}

type turn struct {
	free  chan struct{} // capacity 1: holds a value while somebody has the turn
	users int           // who has it or waits
}

// take waits for the turn of key. The caller calls release when err is nil.
func (t *turns) take(ctx context.Context, key string) (release func(), err error) {
	t.mu.Lock()
	if t.all == nil {
		t.all = map[string]*turn{}
	}
	one := t.all[key]
	if one == nil {
		one = &turn{free: make(chan struct{}, 1)}
		t.all[key] = one
	}
	if one.users > maxWaiting {
		t.mu.Unlock()
		return nil, errTooMany
	}
	one.users++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if one.users--; one.users == 0 {
			delete(t.all, key)
		}
	}
	select {
	case one.free <- struct{}{}:
		return func() { <-one.free; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
