package bus

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

const (
	silence  = 10 * time.Second // without a word from Redis before it is pinged; twice that and it is lost
	maxRetry = time.Second      // longest wait between two attempts to connect
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

// run keeps a connection to Redis until the bus closes.
func (h *hub) run() {
	wait := 20 * time.Millisecond
	for {
		err := h.connection(h.bus.ctx)
		h.mu.Lock()
		was, first := h.connected, !h.lost
		h.connected, h.told, h.lost = false, false, true
		h.broadcastLocked()
		h.mu.Unlock()
		if h.bus.ctx.Err() != nil {
			return
		}
		if first {
			h.bus.log.Warn("redis lost", "err", err)
		}
		if was {
			wait = 20 * time.Millisecond
		}
		if h.bus.sleep(h.bus.ctx, wait) != nil {
			return
		}
		wait = min(2*wait, maxRetry)
	}
}

// connection connects, subscribes to everything wanted and serves until the connection breaks; the error says why.
func (h *hub) connection(ctx context.Context) error {
	h.reset()
	ps := h.bus.client.Subscribe(ctx) // does not connect yet
	g, ctx := errgroup.WithContext(dialOnce(ctx))
	g.Go(func() error {
		<-ctx.Done()
		ps.Close() // ends a read that is waiting
		return ctx.Err()
	})
	g.Go(func() error {
		if err := ps.Ping(ctx); err != nil {
			return err
		}
		return h.read(ctx, ps)
	})
	g.Go(func() error { return h.write(ctx, ps) })
	return g.Wait()
}

// reset forgets what an earlier connection was told.
func (h *hub) reset() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pending = 0
	for name, p := range h.patterns {
		p.sent, p.pending = false, 0
		if len(p.subs) == 0 {
			delete(h.patterns, name)
		}
	}
}

// read hands on what Redis sends. It pings a silent Redis.
func (h *hub) read(ctx context.Context, ps *redis.PubSub) error {
	pinged := false
	for {
		m, err := ps.ReceiveTimeout(ctx, silence)
		var timeout interface{ Timeout() bool }
		if errors.As(err, &timeout) && timeout.Timeout() && !pinged {
			if err := ps.Ping(ctx); err != nil {
				return err
			}
			pinged = true
			continue
		}
		if err != nil {
			return err
		}
		pinged = false
		switch m := m.(type) {
		case *redis.Message:
			h.deliver(m)
		case *redis.Subscription:
			h.confirmed(m)
		case *redis.Pong:
			h.up()
		}
	}
}

func (h *hub) deliver(m *redis.Message) {
	name := m.Channel
	if m.Pattern != "" {
		name = m.Pattern
	}
	h.mu.Lock()
	var subs []*Subscription
	if p := h.patterns[name]; p != nil {
		subs = p.subs
	}
	h.mu.Unlock()
	if len(subs) == 0 {
		return // unsubscribed in the meantime
	}
	msg := Message{Topic: m.Channel, Payload: []byte(m.Payload)}
	for _, s := range subs {
		s.push(msg)
	}
}

func (h *hub) confirmed(m *redis.Subscription) {
	h.mu.Lock()
	p := h.patterns[m.Channel]
	if p == nil || p.pending == 0 || m.Kind != "subscribe" && m.Kind != "psubscribe" {
		h.mu.Unlock()
		return
	}
	p.pending--
	h.pending--
	h.broadcastLocked()
	forget := len(p.subs) == 0
	h.mu.Unlock()
	if forget {
		h.notify()
	}
	h.back()
}

// up notes that Redis answers on this connection.
func (h *hub) up() {
	h.mu.Lock()
	h.connected = true
	h.mu.Unlock()
	h.notify()
}

// back logs that a lost Redis is back and has the hooks called, once everything wanted is live again.
func (h *hub) back() {
	h.mu.Lock()
	back := h.lost && h.told && h.pending == 0
	if back {
		h.lost = false
	}
	h.mu.Unlock()
	if !back {
		return
	}
	h.bus.log.Info("redis is back")
	select {
	case h.regain <- struct{}{}:
	default: // the hooks have not begun yet: once is enough
	}
}

// write tells Redis what is wanted, in the order in which that changed.
func (h *hub) write(ctx context.Context, ps *redis.PubSub) error {
	for {
		select {
		case <-h.wake:
		case <-ctx.Done():
			return ctx.Err()
		}
		d := h.diff()
		for _, step := range []struct {
			names []string
			send  func(context.Context, ...string) error
		}{
			{d.unsubscribe, ps.Unsubscribe}, {d.punsubscribe, ps.PUnsubscribe},
			{d.subscribe, ps.Subscribe}, {d.psubscribe, ps.PSubscribe},
		} {
			if len(step.names) == 0 {
				continue
			}
			if err := step.send(ctx, step.names...); err != nil {
				return err
			}
		}
		h.back() // in case there was nothing to tell
	}
}

type difference struct{ subscribe, psubscribe, unsubscribe, punsubscribe []string }

// diff returns what Redis has to be told, and marks it as told.
func (h *hub) diff() (d difference) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.connected {
		return d // up wakes the writer again
	}
	h.told = true
	for name, p := range h.patterns {
		switch glob := strings.ContainsAny(name, `*?[]\`); {
		case len(p.subs) > 0 && !p.sent:
			p.sent = true
			p.pending++
			h.pending++
			if glob {
				d.psubscribe = append(d.psubscribe, name)
			} else {
				d.subscribe = append(d.subscribe, name)
			}
		case len(p.subs) == 0 && p.sent:
			p.sent = false
			if glob {
				d.punsubscribe = append(d.punsubscribe, name)
			} else {
				d.unsubscribe = append(d.unsubscribe, name)
			}
		}
		if len(p.subs) == 0 && p.pending == 0 {
			delete(h.patterns, name)
		}
	}
	return d
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
