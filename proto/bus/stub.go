package bus

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"
)

// Signatures first; the bodies follow.

type Config struct {
	Addr               string
	DB                 int
	Username, Password string
	Name               string
	Log                *slog.Logger
}

type Bus struct{}

var errStub = errors.New("bus: not written yet")

var ErrNotSet = errors.New("variable not set")
var ErrTimeout = errors.New("no answer in time")
var ErrRPC = errors.New("call answered with an error")

func Open(cfg Config) *Bus                                                            { return &Bus{} }
func (b *Bus) Close() error                                                           { return nil }
func (b *Bus) Ping(ctx context.Context) error                                         { return errStub }
func (b *Bus) Get(ctx context.Context, key string) (string, error)                    { return "", errStub }
func (b *Bus) Take(ctx context.Context, key string) (string, error)                   { return "", errStub }
func (b *Bus) Set(ctx context.Context, key, value string, expiry time.Duration) error { return errStub }
func (b *Bus) Delete(ctx context.Context, keys ...string) error                       { return errStub }
func (b *Bus) Increment(ctx context.Context, key string, expiry time.Duration) (int64, error) {
	return 0, errStub
}
func (b *Bus) AddToSet(ctx context.Context, key string, members ...string) error      { return errStub }
func (b *Bus) RemoveFromSet(ctx context.Context, key string, members ...string) error { return errStub }
func (b *Bus) InSet(ctx context.Context, key, member string) (bool, error)            { return false, errStub }
func (b *Bus) SetMembers(ctx context.Context, key string) ([]string, error)           { return nil, errStub }
func (b *Bus) PushList(ctx context.Context, key string, value []byte) error           { return errStub }

type Message struct {
	Topic   string
	Payload []byte
}

type Subscription struct{}

func (b *Bus) Publish(ctx context.Context, topic string, payload []byte) error { return errStub }
func (b *Bus) Subscribe(ctx context.Context, h func(context.Context, Message), patterns ...string) (*Subscription, error) {
	return nil, errStub
}
func (s *Subscription) Add(ctx context.Context, patterns ...string) error    { return errStub }
func (s *Subscription) Remove(ctx context.Context, patterns ...string) error { return errStub }
func (s *Subscription) Close() error                                         { return nil }
func (b *Bus) OnReconnect(f func(context.Context))                           {}

type Args []any
type Method func(ctx context.Context, args Args) (any, error)
type WithAfter struct {
	Value any
	After func()
}
type Server struct{}

func (b *Bus) Serve(ctx context.Context, methods map[string]Method, topics ...string) (*Server, error) {
	return nil, errStub
}
func (s *Server) Close() error { return nil }
func (b *Bus) Call(ctx context.Context, topic, method string, args ...any) (json.RawMessage, error) {
	return nil, errStub
}

type Embedded struct{}

func StartEmbedded(addr, password string) (*Embedded, error) { return nil, errStub }
func (e *Embedded) Addr() string                             { return "" }
func (e *Embedded) Close()                                   {}
