package bus

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// hub shares one Redis connection between all subscriptions of a Bus. It knows which patterns are wanted; the
// connection's writer tells Redis, and its reader marks them live when Redis confirms and hands messages on.
type hub struct {
	bus *Bus

	mu        sync.Mutex // guards the fields below; never held during I/O or callbacks
	patterns  map[string]*pattern
	hooks     []func(context.Context)
	running   bool
	closed    bool
	connected bool          // Redis answered on the present connection
	told      bool          // and was told of everything that was wanted when it did
	pending   int           // sum over patterns
	lost      bool          // the loss was logged, the return not yet
	changed   chan struct{} // closed, and replaced, whenever a pattern or the connection changes

	wake   chan struct{} // capacity 1: patterns are wanted or no longer wanted
	regain chan struct{} // capacity 1: a lost Redis is back
}

// pattern is what Redis is asked for. One without glob characters is subscribed by SUBSCRIBE, others by PSUBSCRIBE.
type pattern struct {
	subs    []*Subscription // empty: to be unsubscribed, then forgotten
	sent    bool            // the last command written on this connection asked for it
	pending int             // subscribe commands written and not confirmed yet
}

func (p *pattern) live() bool { return p.sent && p.pending == 0 }

func newHub(b *Bus) *hub {
	return &hub{
		bus:      b,
		patterns: map[string]*pattern{},
		changed:  make(chan struct{}),
		wake:     make(chan struct{}, 1),
		regain:   make(chan struct{}, 1),
	}
}

// startLocked starts the connection and the runner of hooks, once. It reports whether the hub is open.
func (h *hub) startLocked() bool {
	if h.closed {
		return false
	}
	if !h.running {
		h.running = true
		h.bus.wg.Go(h.run)
		h.bus.wg.Go(h.runHooks)
	}
	return true
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
}

// want adds s to names and returns those that are new to it. It fails only on a closed hub.
func (h *hub) want(s *Subscription, names []string) (added []string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.startLocked() {
		return nil, ErrClosed
	}
	for _, name := range names {
		p := h.patterns[name]
		if p == nil {
			p = &pattern{}
			h.patterns[name] = p
		}
		if !s.patterns[name] {
			s.patterns[name] = true
			added = append(added, name)
			p.subs = append(slices.Clip(p.subs), s) // a copy: deliver reads the old one without the lock
		}
	}
	h.notify()
	return added, nil
}

// unwant takes s off names.
func (h *hub) unwant(s *Subscription, names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range names {
		if !s.patterns[name] {
			continue
		}
		delete(s.patterns, name)
		p := h.patterns[name]
		i := slices.Index(p.subs, s)
		p.subs = slices.Concat(p.subs[:i], p.subs[i+1:])
	}
	h.notify()
}

// unwantAll takes s off everything.
func (h *hub) unwantAll(s *Subscription) {
	h.mu.Lock()
	names := slices.Collect(maps.Keys(s.patterns))
	h.mu.Unlock()
	h.unwant(s, names)
}

func (h *hub) notify() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// broadcastLocked wakes everybody in await.
func (h *hub) broadcastLocked() {
	close(h.changed)
	h.changed = make(chan struct{})
}

// await returns once Redis has confirmed every one of names.
func (h *hub) await(ctx context.Context, names []string) error {
	for {
		h.mu.Lock()
		live := true
		for _, name := range names {
			p := h.patterns[name]
			live = live && p != nil && p.live()
		}
		changed := h.changed
		h.mu.Unlock()
		if live {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-h.bus.ctx.Done():
			return ErrClosed
		}
	}
}

// runHooks calls the hooks of OnReconnect each time a lost Redis is back, one after the other.
func (h *hub) runHooks() {
	for {
		select {
		case <-h.regain:
		case <-h.bus.ctx.Done():
			return
		}
		h.mu.Lock()
		hooks := slices.Clone(h.hooks)
		h.mu.Unlock()
		for _, f := range hooks {
			h.bus.guard("reconnect hook", func() { f(h.bus.ctx) })
		}
	}
}
