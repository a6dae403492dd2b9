package login

import (
	"context"
	"errors"
	"time"

	"github.com/gotera/gotera/core/store"
)

// seenInterval is how often a caller's last-online date is written: each request would be a write otherwise.
const seenInterval = time.Minute

func due(last *time.Time) bool { return last == nil || time.Since(*last) >= seenInterval }

func now() *time.Time { t := time.Now().UTC().Truncate(time.Microsecond); return &t }

// Seen writes down that a participant or a device was online just now.
func (l *Login) Seen(ctx context.Context, id Identity) {
	switch {
	case id.Participant != nil && due(id.Participant.LastOnline):
		l.seen(ctx, func(tx *store.Tx) error {
			fresh, err := store.Get[store.Participant](ctx, tx, id.Participant.ID)
			if err != nil {
				return err
			}
			fresh.LastOnline = now()
			return tx.Update(ctx, fresh, "participant_lastonline")
		})
	case id.Device != nil && due(id.Device.LastOnline):
		l.seen(ctx, func(tx *store.Tx) error {
			fresh, err := store.Get[store.Device](ctx, tx, id.Device.ID)
			if err != nil {
				return err
			}
			fresh.LastOnline = now()
			return tx.Update(ctx, fresh, "device_lastonline")
		})
	}
}

func (l *Login) seen(ctx context.Context, write func(*store.Tx) error) {
	if err := l.cfg.Store.Write(ctx, write); err != nil && !errors.Is(err, store.ErrStale) {
		l.cfg.Log.Warn("last-online date not written", "error", err)
	}
}
