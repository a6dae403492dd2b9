package bus

import (
	"context"
	"fmt"
	"sync"
)

const (
	maxQueue      = 1024     // messages waiting for one handler
	maxQueueBytes = 32 << 20 // and their payloads
)

// Message is what was published on a topic. The payload is shared between subscriptions: it must not be changed.
type Message struct {
	Topic   string
	Payload []byte
}

// Subscription calls a handler for each message, in order, on a goroutine of its own. When the handler is slow, 1024
// messages (or 32 MiB) wait; then the oldest are dropped and the log says so.
type Subscription struct {
	bus     *Bus
	handler func(context.Context, Message)
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	wake    chan struct{} // capacity 1: the queue is not empty

	patterns map[string]bool // guarded by the hub

	mu      sync.Mutex // guards the fields below
	running bool
	queue   []Message
	bytes   int
	dropped int
}

// Publish sends payload to everybody subscribed to topic at this moment. During a restart of Redis it waits, and the
// message may then arrive twice rather than not at all.
func (b *Bus) Publish(ctx context.Context, topic string, payload []byte) error {
	_, err := b.publish(ctx, topic, payload, safe)
	return err
}

// publish returns the number of receivers.
func (b *Bus) publish(ctx context.Context, topic string, payload []byte, r repeat) (n int64, err error) {
	err = b.try(ctx, "publish", r, func(ctx context.Context) error {
		n, err = b.client.Publish(ctx, topic, payload).Result()
		return err
	})
	return n, err
}

// Subscribe calls h for each message on the topics that patterns match (Redis globs; see Escape). The subscription is
// live when Subscribe returns, and restored by itself when Redis was away: only what is published in between is missed.
// ctx bounds the wait for Redis, by default to 10 s; on error nothing stays subscribed. A message that several of the
// patterns match may come once for each.
func (b *Bus) Subscribe(ctx context.Context, h func(context.Context, Message), patterns ...string) (*Subscription, error) {
	s := b.newSubscription(h)
	if err := s.start(ctx, patterns...); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (b *Bus) newSubscription(h func(context.Context, Message)) *Subscription {
	s := &Subscription{bus: b, handler: h, wake: make(chan struct{}, 1), patterns: map[string]bool{}}
	s.ctx, s.cancel = context.WithCancel(b.ctx)
	return s
}

// start runs the handler's goroutine, once, and subscribes.
func (s *Subscription) start(ctx context.Context, patterns ...string) error {
	if err := s.spawn(); err != nil {
		return err
	}
	return s.Add(ctx, patterns...)
}

func (s *Subscription) spawn() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running && !s.bus.hub.spawn(s.run) {
		return ErrClosed
	}
	s.running = true
	return nil
}

// Add subscribes to more patterns, in the way of Subscribe.
func (s *Subscription) Add(ctx context.Context, patterns ...string) error {
	ctx, cancel := withDefaultTimeout(ctx)
	defer cancel()
	added, err := s.ready(ctx, patterns)
	if err != nil {
		s.bus.hub.unwant(s, added)
	}
	return err
}

// ready waits until patterns are live. On error they stay wanted; added are those that were not before.
func (s *Subscription) ready(ctx context.Context, patterns []string) (added []string, err error) {
	if s.ctx.Err() != nil {
		return nil, ErrClosed
	}
	added, err = s.bus.hub.want(s, patterns)
	if err != nil {
		return nil, err
	}
	if err := s.bus.hub.await(ctx, patterns); err != nil {
		return added, fmt.Errorf("subscribe: redis does not confirm: %w", err)
	}
	return added, nil
}

// Remove unsubscribes from patterns; messages that have already arrived are still handled. It does not wait for Redis.
func (s *Subscription) Remove(_ context.Context, patterns ...string) error {
	s.bus.hub.unwant(s, patterns)
	return nil
}

// Close ends the subscription and the context of its handler. It does not wait for a handler that is running, so a
// handler may call it.
func (s *Subscription) Close() error {
	s.cancel()
	s.bus.hub.unwantAll(s)
	return nil
}

// OnReconnect has f called, one hook after the other, each time that a lost Redis is back and everything is subscribed
// again: a restarted Redis has forgotten its variables.
func (b *Bus) OnReconnect(f func(context.Context)) {
	b.hub.mu.Lock()
	defer b.hub.mu.Unlock()
	b.hub.hooks = append(b.hub.hooks, f)
	b.hub.startLocked()
}

func (s *Subscription) push(m Message) {
	s.mu.Lock()
	first := false
	for len(s.queue) > 0 && (len(s.queue) >= maxQueue || s.bytes+len(m.Payload) > maxQueueBytes) {
		s.bytes -= len(s.queue[0].Payload)
		s.queue[0] = Message{}
		s.queue = s.queue[1:]
		first = first || s.dropped == 0
		s.dropped++
	}
	s.queue = append(s.queue, m)
	s.bytes += len(m.Payload)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	if first {
		s.bus.log.Warn("slow subscriber, dropping its oldest messages", "topic", m.Topic)
	}
}

// pop returns the next message, and how many were dropped since the last one.
func (s *Subscription) pop() (m Message, dropped int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		s.queue = nil // let go of the array behind it
		return m, 0, false
	}
	m, dropped = s.queue[0], s.dropped
	s.queue[0] = Message{}
	s.queue, s.bytes, s.dropped = s.queue[1:], s.bytes-len(m.Payload), 0
	return m, dropped, true
}

func (s *Subscription) run() {
	for {
		select {
		case <-s.wake:
		case <-s.ctx.Done():
			return
		}
		for s.ctx.Err() == nil {
			m, dropped, ok := s.pop()
			if !ok {
				break
			}
			if dropped > 0 {
				s.bus.log.Warn("messages dropped", "topic", m.Topic, "count", dropped)
			}
			s.bus.guard("handler of "+m.Topic, func() { s.handler(s.ctx, m) })
		}
	}
}

// withDefaultTimeout gives ctx a deadline of 10 s unless it has one.
func withDefaultTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, defaultTimeout)
}
