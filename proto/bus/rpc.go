package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/proto/opentera"
)

var (
	// ErrTimeout: no answer came in time, or nobody serves the topic.
	ErrTimeout = errors.New("no answer in time")
	// ErrRPC: the call was answered with status "Error"; the text says more when the server is one of ours.
	ErrRPC = errors.New("call answered with an error")
)

// reply is the JSON text that answers a call (core.md 8.3). Error is ours and left out when empty.
type reply struct {
	Method string          `json:"method"`
	ID     uint64          `json:"id"`
	Topic  string          `json:"pattern"`
	Status string          `json:"status"`
	Return json.RawMessage `json:"return_value"`
	Error  string          `json:"error,omitempty"`
}

const (
	statusOK    = "OK"
	statusError = "Error"
)

// caller is the client side of calls: one private reply topic for the whole bus, answers told apart by id.
type caller struct {
	bus   *Bus
	topic string
	sub   *Subscription

	mu      sync.Mutex // guards the fields below
	lastID  uint64
	waiting map[uint64]chan reply
}

func newCaller(b *Bus) *caller {
	c := &caller{bus: b, topic: "RedisRPCClient." + uuid.NewString(), waiting: map[uint64]chan reply{}}
	c.sub = b.newSubscription(c.receive)
	return c
}

// Call calls method on topic and returns the answer's return_value. Arguments are bool, float64, any int, string or
// []byte. It waits until ctx ends, by default for 10 s, and fails with ErrTimeout, ErrRPC or what is wrong with Redis.
// While nobody serves the topic (a service that restarts), or Redis restarts, the call is sent again; a Server of ours
// runs it once all the same.
func (b *Bus) Call(ctx context.Context, topic, method string, args ...any) (json.RawMessage, error) {
	r, err := b.caller.call(ctx, topic, method, args)
	if err != nil {
		return nil, fmt.Errorf("call %s on %s: %w", method, topic, err)
	}
	return r, nil
}

func (c *caller) call(ctx context.Context, topic, method string, args []any) (json.RawMessage, error) {
	ctx, cancel := withDefaultTimeout(ctx)
	defer cancel()
	encoded, err := encodeArgs(args)
	if err != nil {
		return nil, err
	}
	if err := c.sub.spawn(); err != nil {
		return nil, err
	}
	if _, err := c.sub.ready(ctx, []string{c.topic}); err != nil {
		return nil, timedOut(ctx, err)
	}
	id, answer := c.expect()
	defer c.forget(id)
	raw, err := proto.Marshal(&opentera.RPCMessage{
		Method: method, ReplyTo: c.topic, Id: id, Timestamp: seconds(time.Now()), Args: encoded,
	})
	if err != nil {
		return nil, err
	}
	if err := c.send(ctx, topic, raw); err != nil {
		return nil, timedOut(ctx, err)
	}
	select {
	case r := <-answer:
		if r.Status != statusOK {
			if r.Error != "" {
				return nil, fmt.Errorf("%w: %s", ErrRPC, r.Error)
			}
			return nil, ErrRPC
		}
		return r.Return, nil
	case <-ctx.Done():
		return nil, timedOut(ctx, ctx.Err())
	case <-c.bus.ctx.Done():
		return nil, ErrClosed
	}
}

// send publishes the call until somebody has received it.
func (c *caller) send(ctx context.Context, topic string, raw []byte) error {
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, 250*time.Millisecond) {
		n, err := c.bus.publish(ctx, topic, raw, safe)
		if err != nil || n > 0 {
			return err
		}
		if err := c.bus.sleep(ctx, wait); err != nil {
			return fmt.Errorf("nobody serves it: %w", err)
		}
	}
}

// timedOut makes err an ErrTimeout when it came of the deadline.
func timedOut(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w (%w)", ErrTimeout, err)
	}
	return err
}

func (c *caller) expect() (uint64, <-chan reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastID++
	answer := make(chan reply, 1)
	c.waiting[c.lastID] = answer
	return c.lastID, answer
}

func (c *caller) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

func (c *caller) receive(_ context.Context, m Message) {
	var r reply
	if err := json.Unmarshal(m.Payload, &r); err != nil {
		c.bus.log.Warn("malformed answer to a call")
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if answer := c.waiting[r.ID]; answer != nil { // nil: too late
		delete(c.waiting, r.ID) // the first answer counts
		answer <- r
	}
}

// encodeArgs encodes arguments as OpenTera's Python client does: bool, double, int64, string, bytes.
func encodeArgs(args []any) ([]*opentera.Value, error) {
	values := make([]*opentera.Value, len(args))
	for i, arg := range args {
		v := &opentera.Value{}
		switch arg := arg.(type) {
		case bool:
			v.ArgValue = &opentera.Value_BoolValue{BoolValue: arg}
		case float64:
			v.ArgValue = &opentera.Value_DoubleValue{DoubleValue: arg}
		case int:
			v.ArgValue = &opentera.Value_IntValue{IntValue: int64(arg)}
		case int32:
			v.ArgValue = &opentera.Value_IntValue{IntValue: int64(arg)}
		case int64:
			v.ArgValue = &opentera.Value_IntValue{IntValue: arg}
		case string:
			v.ArgValue = &opentera.Value_StringValue{StringValue: arg}
		case []byte:
			v.ArgValue = &opentera.Value_BytesValue{BytesValue: arg}
		default:
			return nil, fmt.Errorf("argument %d: %T cannot be sent", i+1, arg)
		}
		values[i] = v
	}
	return values, nil
}

// decodeArgs is the inverse; it also takes the floats and unsigned numbers that other clients may send.
func decodeArgs(values []*opentera.Value) (Args, error) {
	args := make(Args, len(values))
	for i, v := range values {
		switch v := v.GetArgValue().(type) {
		case *opentera.Value_BoolValue:
			args[i] = v.BoolValue
		case *opentera.Value_DoubleValue:
			args[i] = v.DoubleValue
		case *opentera.Value_FloatValue:
			args[i] = float64(v.FloatValue)
		case *opentera.Value_IntValue:
			args[i] = v.IntValue
		case *opentera.Value_UintValue:
			if v.UintValue > math.MaxInt64 {
				return nil, fmt.Errorf("argument %d: number too large", i+1)
			}
			args[i] = int64(v.UintValue)
		case *opentera.Value_StringValue:
			args[i] = v.StringValue
		case *opentera.Value_BytesValue:
			args[i] = v.BytesValue
		default:
			return nil, fmt.Errorf("argument %d: no value", i+1)
		}
	}
	return args, nil
}
