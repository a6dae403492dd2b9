package server

import (
	"context"
	"errors"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/websocket"
)

// viewer says what the owner of a websocket may be told (core.md 6), by the access of the moment of each question.
type viewer struct {
	store  *store.Store
	kind   core.Kind
	uuid   string
	access store.Access
}

// viewer looks up an enabled account; store.ErrNotFound when there is none.
func (s *server) viewer(ctx context.Context, kind core.Kind, uuid string) (websocket.Viewer, error) {
	v := viewer{store: s.store, kind: kind, uuid: uuid}
	enabled := false
	switch kind {
	case core.KindUser:
		u, err := s.store.UserByUUID(ctx, uuid)
		if err != nil {
			return nil, err
		}
		v.access, enabled = u.Access(), u.Enabled
	case core.KindParticipant:
		p, err := s.store.ParticipantByUUID(ctx, uuid)
		if err != nil {
			return nil, err
		}
		v.access, enabled = p.Access(), p.Enabled
	case core.KindDevice:
		d, err := s.store.DeviceByUUID(ctx, uuid)
		if err != nil {
			return nil, err
		}
		v.access, enabled = d.Access(), d.Enabled && d.Onlineable
	}
	if !enabled {
		return nil, store.ErrNotFound
	}
	return v, nil
}

// Sees implements websocket.Viewer.
func (v viewer) Sees(ctx context.Context, kind core.Kind, uuid string) (bool, error) {
	if kind == v.kind && uuid == v.uuid {
		return true, nil
	}
	access, err := v.now(ctx)
	if err != nil {
		return false, err
	}
	found := 0
	switch kind {
	case core.KindUser:
		var rows []*store.User
		rows, err = v.store.Users(ctx, access, store.UserQuery{UUIDs: []string{uuid}})
		found = len(rows)
	case core.KindParticipant:
		var rows []*store.Participant
		rows, err = v.store.Participants(ctx, access, store.ParticipantQuery{UUIDs: []string{uuid}})
		found = len(rows)
	case core.KindDevice:
		var rows []*store.Device
		rows, err = v.store.Devices(ctx, access, store.DeviceQuery{UUIDs: []string{uuid}})
		found = len(rows)
	}
	return found > 0, err
}

// now is the access: a user may have become, or ceased to be, a super-administrator since the websocket opened.
func (v viewer) now(ctx context.Context) (store.Access, error) {
	if v.kind != core.KindUser {
		return v.access, nil
	}
	u, err := v.store.UserByUUID(ctx, v.uuid)
	if err != nil {
		return store.Access{}, err
	}
	return u.Access(), nil
}

// TakesPart implements websocket.Viewer.
func (v viewer) TakesPart(ctx context.Context, sessionUUID string) (bool, error) {
	s, err := v.store.SessionByUUID(ctx, sessionUUID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	m, err := v.store.SessionMembers(ctx, s.ID)
	if err != nil {
		return false, err
	}
	switch v.kind {
	case core.KindUser:
		for _, u := range m.Users {
			if u.UUID == v.uuid {
				return true, nil
			}
		}
	case core.KindParticipant:
		for _, p := range m.Participants {
			if p.UUID == v.uuid {
				return true, nil
			}
		}
	case core.KindDevice:
		for _, d := range m.Devices {
			if d.UUID == v.uuid {
				return true, nil
			}
		}
	}
	return false, nil
}
