package server

import (
	"context"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/websocket"
)

// enabled reports whether an account may have a websocket; store.ErrNotFound when there is none.
func (s *server) enabled(ctx context.Context, kind core.Kind, uuid string) (bool, error) {
	switch kind {
	case core.KindUser:
		u, err := s.store.UserByUUID(ctx, uuid)
		return err == nil && u.Enabled, err
	case core.KindParticipant:
		p, err := s.store.ParticipantByUUID(ctx, uuid)
		return err == nil && p.Enabled, err
	case core.KindDevice:
		d, err := s.store.DeviceByUUID(ctx, uuid)
		return err == nil && d.Enabled && d.Onlineable, err
	}
	return false, store.ErrNotFound
}

// seers are the accounts that may be told of another one (core.md 6), by the access of this moment.
func (s *server) seers(ctx context.Context, whom websocket.Account) (map[websocket.Account]bool, error) {
	return accounts(s.store.Audience(ctx, whom.Kind, whom.UUID))
}

// members are the accounts that take part in a session.
func (s *server) members(ctx context.Context, sessionUUID string) (map[websocket.Account]bool, error) {
	return accounts(s.store.SessionAudience(ctx, sessionUUID))
}

func accounts(byKind map[core.Kind][]string, err error) (map[websocket.Account]bool, error) {
	all := map[websocket.Account]bool{}
	for kind, uuids := range byKind {
		for _, uuid := range uuids {
			all[websocket.Account{Kind: kind, UUID: uuid}] = true
		}
	}
	return all, err
}
