package login

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"time"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/proto/bus"
)

// ErrTicket: the websocket id is unknown, used, too old, or of another kind.
var ErrTicket = errors.New("websocket id not valid")

const (
	ticketLife  = time.Minute
	ticketBytes = 32 // of randomness; upstream's id follows from the address and the program (core.md 13.1, 3)
)

func ticketVar(id string) string { return "websocket_id." + id }

// Ticket makes the id of a websocket URL. It opens one websocket of that account, within a minute.
func (l *Login) Ticket(ctx context.Context, kind core.Kind, uuid string) (string, error) {
	raw := make([]byte, ticketBytes)
	_, _ = rand.Read(raw) // does not fail
	id := base64.RawURLEncoding.EncodeToString(raw)
	return id, l.cfg.Bus.Set(ctx, ticketVar(id), string(kind)+":"+uuid, ticketLife)
}

// Redeem exchanges a ticket for the uuid that it was made for. Whoever checks the account comes next: it may have been
// disabled meanwhile.
func (l *Login) Redeem(ctx context.Context, kind core.Kind, id string) (string, error) {
	if raw, err := base64.RawURLEncoding.DecodeString(id); err != nil || len(raw) != ticketBytes {
		return "", ErrTicket
	}
	v, err := l.cfg.Bus.Take(ctx, ticketVar(id))
	if errors.Is(err, bus.ErrNotSet) {
		return "", ErrTicket
	}
	if err != nil {
		return "", err
	}
	prefix := string(kind) + ":"
	if len(v) <= len(prefix) || v[:len(prefix)] != prefix {
		return "", ErrTicket
	}
	return v[len(prefix):], nil
}
