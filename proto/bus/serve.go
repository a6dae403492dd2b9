package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/proto/opentera"
)

// maxCalls bounds the calls that one Server runs at once; more wait in its subscription's queue.
const maxCalls = 64

// Args are the arguments of a call: bool, float64, int64, string or []byte each.
type Args []any

// Method serves one call. The result is encoded as JSON; an error's text is sent to the caller, so it must not say more
// than the caller may know. ctx ends when the Server has closed.
type Method func(ctx context.Context, args Args) (any, error)

// WithAfter may be returned by a Method: Value is the result, and After runs once the answer has been published.
type WithAfter struct {
	Value any
	After func()
}

// Server answers the calls on some topics.
type Server struct {
	bus     *Bus
	sub     *Subscription
	methods map[string]Method
	slots   chan struct{} // capacity maxCalls
	recent  recent        // used by handle only
	ctx     context.Context
	cancel  context.CancelFunc

	mu     sync.Mutex // guards closed, and calls.Add against calls.Wait
	closed bool
	calls  sync.WaitGroup
}

// Serve answers calls on topics with methods, each call on a goroutine of its own, at most 64 at once. It is live when
// Serve returns; ctx bounds the wait for that, by default to 10 s. Unknown methods, arguments that cannot be decoded,
// errors and panics are answered at once with status "Error".
func (b *Bus) Serve(ctx context.Context, methods map[string]Method, topics ...string) (*Server, error) {
	s := &Server{bus: b, methods: methods, slots: make(chan struct{}, maxCalls)}
	s.ctx, s.cancel = context.WithCancel(b.ctx)
	s.sub = b.newSubscription(s.handle)
	if err := s.sub.start(ctx, topics...); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close takes no more calls and waits for those that run. It must not be called from a Method.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.sub.Close()
	s.calls.Wait()
	s.cancel()
	return nil
}

// handle starts one call. It waits while maxCalls are running.
func (s *Server) handle(ctx context.Context, m Message) {
	var call opentera.RPCMessage
	if err := proto.Unmarshal(m.Payload, &call); err != nil {
		s.bus.log.Warn("malformed call", "topic", m.Topic)
		return // who asked is not known
	}
	if s.recent.seen(m.Payload) {
		return
	}
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls.Add(1)
	done := func() { <-s.slots; s.calls.Done() }
	if s.closed || !s.bus.hub.spawn(func() { defer done(); s.serve(m.Topic, &call) }) {
		done()
	}
}

// serve runs one call and answers it.
func (s *Server) serve(topic string, call *opentera.RPCMessage) {
	r := reply{Method: call.GetMethod(), ID: call.GetId(), Topic: topic, Status: statusOK}
	value, err := s.run(call)
	var after func()
	if w, ok := value.(WithAfter); ok {
		value, after = w.Value, w.After
	}
	if err == nil {
		r.Return, err = json.Marshal(value)
	}
	if err != nil {
		r.Status, r.Return, r.Error = statusError, json.RawMessage("null"), err.Error()
		s.bus.log.Warn("call failed", "method", r.Method, "topic", topic, "err", err)
	}
	if call.GetReplyTo() != "" {
		if err := s.answer(call.GetReplyTo(), r); err != nil && s.ctx.Err() == nil {
			s.bus.log.Warn("answer not sent", "method", r.Method, "topic", topic, "err", err)
		}
	}
	if after != nil {
		s.bus.guard("after "+r.Method, after)
	}
}

// run calls the method; a panic becomes an error.
func (s *Server) run(call *opentera.RPCMessage) (value any, err error) {
	method := s.methods[call.GetMethod()]
	if method == nil {
		return nil, fmt.Errorf("unknown method %q", call.GetMethod())
	}
	args, err := decodeArgs(call.GetArgs())
	if err != nil {
		return nil, err
	}
	defer func() {
		if v := recover(); v != nil {
			s.bus.logPanic(call.GetMethod(), v)
			value, err = nil, fmt.Errorf("internal error")
		}
	}()
	return method(s.ctx, args)
}

// answer publishes r, again for a short while when nobody receives it: the caller may be on its way back to Redis.
func (s *Server) answer(topic string, r reply) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	for wait := 10 * time.Millisecond; ; wait *= 2 {
		n, err := s.bus.publish(ctx, topic, raw, safe)
		if err != nil || n > 0 {
			return err
		}
		if err := s.bus.sleep(ctx, wait); err != nil {
			return fmt.Errorf("the caller is gone: %w", err)
		}
	}
}
