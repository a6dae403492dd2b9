package rehab

import (
	"context"
	"sync"
)

// locks are mutexes by name whose holder may do I/O; waiting for one ends with a context.
type locks struct {
	mu   sync.Mutex // guards held
	held map[string]*namedLock
}

type namedLock struct {
	slot  chan struct{} // capacity 1
	users int           // holder and waiters
}

func newLocks() *locks { return &locks{held: map[string]*namedLock{}} }

// lock returns the function that unlocks.
func (l *locks) lock(ctx context.Context, name string) (unlock func(), err error) {
	l.mu.Lock()
	n := l.held[name]
	if n == nil {
		n = &namedLock{slot: make(chan struct{}, 1)}
		l.held[name] = n
	}
	n.users++
	l.mu.Unlock()
	select {
	case n.slot <- struct{}{}:
		return func() { <-n.slot; l.leave(name, n) }, nil
	case <-ctx.Done():
		l.leave(name, n)
		return nil, ctx.Err()
	}
}

func (l *locks) leave(name string, n *namedLock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n.users--; n.users == 0 {
		delete(l.held, name)
	}
}
