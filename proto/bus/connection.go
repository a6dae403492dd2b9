package bus

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

const (
	silence  = 10 * time.Second // without a word from Redis before it is pinged; twice that and it is lost
	maxRetry = time.Second      // longest wait between two attempts to connect
)

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
