package server

import (
	"context"
	"errors"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/login"
	"github.com/gotera/gotera/core/registry"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/websocket"
)

// find looks a person up for the registry's events.
func (s *server) find(ctx context.Context, kind core.Kind, uuid string) (registry.Person, error) {
	p := registry.Person{Kind: kind, UUID: uuid}
	var err error
	switch kind {
	case core.KindUser:
		var u *store.User
		if u, err = s.store.UserByUUID(ctx, uuid); err == nil {
			p.Name = u.FullName()
		}
	case core.KindParticipant:
		err = s.findParticipant(ctx, uuid, &p)
	case core.KindDevice:
		var d *store.Device
		if d, err = s.store.DeviceByUUID(ctx, uuid); err == nil {
			p.Name = d.Name
		}
	}
	if errors.Is(err, store.ErrNotFound) {
		return p, registry.ErrUnknown
	}
	return p, err
}

func (s *server) findParticipant(ctx context.Context, uuid string, p *registry.Person) error {
	row, err := s.store.ParticipantByUUID(ctx, uuid)
	if err != nil {
		return err
	}
	p.Name = row.Name
	project, err := store.Get[store.Project](ctx, s.store, row.ProjectID)
	if err != nil {
		return err
	}
	p.Project = project.Name
	site, err := store.Get[store.Site](ctx, s.store, project.SiteID)
	if err == nil {
		p.Site = site.Name
	}
	return err
}

func (s *server) redeem(ctx context.Context, kind core.Kind, id string) (string, error) {
	uuid, err := s.login.Redeem(ctx, kind, id)
	if errors.Is(err, login.ErrTicket) {
		return "", websocket.ErrRefused
	}
	return uuid, err
}

// openAccount checks, when a websocket opens, that the account is still enabled (core.md 13.1, 5).
func (s *server) openAccount(ctx context.Context, kind core.Kind, uuid string) (registry.Person, error) {
	ok, err := s.enabled(ctx, kind, uuid)
	if errors.Is(err, store.ErrNotFound) || err == nil && !ok {
		err = websocket.ErrRefused
	}
	if err != nil {
		return registry.Person{}, err
	}
	p, err := s.find(ctx, kind, uuid)
	if errors.Is(err, registry.ErrUnknown) {
		err = websocket.ErrRefused
	}
	return p, err
}
