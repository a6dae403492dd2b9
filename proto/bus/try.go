package bus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

// patience is how long a command waits for a Redis that cannot be reached: a restart, not an outage.
const patience = 3 * time.Second

// repeat says which failures a command may be sent again after.
type repeat int

const (
	once repeat = iota // only when it cannot have reached Redis: a repetition would be noticed
	safe               // whenever the connection broke: twice is as good as once
)

// try runs one command, again while Redis is away, for at most patience and until ctx ends. op is for the error.
func (b *Bus) try(ctx context.Context, op string, r repeat, f func(context.Context) error) error {
	give := time.Now().Add(patience)
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, 200*time.Millisecond) {
		err := f(ctx)
		switch {
		case err == nil, errors.Is(err, redis.Nil):
			return err
		case b.ctx.Err() != nil:
			return fmt.Errorf("redis %s: %w", op, ErrClosed)
		case ctx.Err() != nil || !away(err, r) || time.Now().After(give):
			return fmt.Errorf("redis %s: %w", op, err)
		}
		if err := b.sleep(ctx, wait); err != nil {
			return fmt.Errorf("redis %s: %w", op, err)
		}
	}
}

// away reports whether err says that Redis is not there, or not yet, and the command may be sent again under r.
func away(err error, r repeat) bool {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" || redis.HasErrorPrefix(err, "LOADING") {
		return true
	}
	return r == safe && (op != nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE))
}

// sleep waits for d; it fails when ctx ends or the bus closes first.
func (b *Bus) sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-b.ctx.Done():
		return ErrClosed
	}
}

type dialedKey struct{}

// dialOnce returns a context that allows one connection. go-redis replaces a broken subscriber connection by itself, on
// which it would subscribe before anybody reads: messages would be counted as received and lost.
func dialOnce(ctx context.Context) context.Context {
	return context.WithValue(ctx, dialedKey{}, new(atomic.Bool))
}

var errDialed = errors.New("connection lost")

func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if dialed, ok := ctx.Value(dialedKey{}).(*atomic.Bool); ok && dialed.Swap(true) {
		return nil, errDialed
	}
	d := net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return d.DialContext(ctx, network, addr)
}
