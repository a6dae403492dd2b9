package server

import (
	"context"
	"fmt"
	"time"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/launcher"
	"github.com/gotera/gotera/core/store"
)

// Demo is what a demonstration shows: who can log in, and with what.
type Demo struct {
	Username, Password    string // of the clinician; Password is empty once it was changed
	Participants, Devices []DemoAccount
}

// DemoAccount is a participant or a device with the static token of its link.
type DemoAccount struct{ Name, Token string }

// openStore opens the database and fills in what it lacks.
func (s *server) openStore(ctx context.Context) error {
	var err error
	s.store, err = store.Open(ctx, s.cfg.Core.Database, store.Options{
		Log: s.log, Events: s.changes, BcryptCost: s.cfg.BcryptCost, OnQuery: s.cfg.OnQuery,
	})
	if err != nil {
		return err
	}
	if err := s.fillStore(ctx); err != nil {
		_ = s.store.Close()
		return err
	}
	s.launcher = launcher.New(s.store, s.bus, s.log)
	s.changes.services = s.launcher.Changed
	return nil
}

func (s *server) fillStore(ctx context.Context) error {
	mode := store.Production
	if s.cfg.Tests || s.cfg.TestData {
		mode = store.TestMode
	}
	admin, err := s.store.Defaults(ctx, mode)
	if err != nil {
		return err
	}
	if admin != nil {
		s.started.AdminPassword = admin.Password
	}
	if err := s.writeVersions(ctx); err != nil {
		return err
	}
	if err := s.movePorts(ctx); err != nil {
		return err
	}
	system, err := store.Rows[store.Service](ctx, s.store, store.Everything(), store.Columns{"service_system": true})
	if err != nil {
		return err
	}
	s.started.SystemServices = nil
	for _, row := range system {
		if row.Key != core.ServiceOpenTera {
			s.started.SystemServices = append(s.started.SystemServices, row.Key)
		}
	}
	if s.cfg.Demo {
		data, err := s.store.Demo(ctx)
		if err != nil {
			return err
		}
		s.started.Demo = demo(data)
	}
	return nil
}

// reset puts the test data back, and what follows from it into Redis.
func (s *server) reset(ctx context.Context) error {
	if err := s.store.Reset(ctx); err != nil {
		return err
	}
	if err := s.fillStore(ctx); err != nil {
		return err
	}
	s.launcher.Changed()
	return s.login.ReadSettings(ctx)
}

// movePorts writes the configured ports of services where they read them.
func (s *server) movePorts(ctx context.Context) error {
	for key, port := range s.cfg.ServicePorts {
		err := s.store.Write(ctx, func(tx *store.Tx) error {
			row, err := tx.ServiceByKey(ctx, key)
			if err != nil || row.Port == port {
				return err
			}
			row.Port = port
			return tx.Update(ctx, row, "service_port")
		})
		if err != nil {
			return fmt.Errorf("port of %s: %w", key, err)
		}
	}
	return nil
}

func demo(data *store.DemoData) *Demo {
	d := &Demo{Password: data.Password}
	if data.Clinician != nil {
		d.Username = data.Clinician.Username
	}
	for _, p := range data.Participants {
		if p.Token != nil {
			d.Participants = append(d.Participants, DemoAccount{p.Name, *p.Token})
		}
	}
	if data.Device != nil && data.Device.Token != nil {
		d.Devices = append(d.Devices, DemoAccount{data.Device.Name, *data.Device.Token})
	}
	return d
}

// nightly closes overdue sessions at each local midnight (core.md 1.8).
func (s *server) nightly(ctx context.Context) error {
	for {
		now := time.Now()
		midnight := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location())
		timer := time.NewTimer(time.Until(midnight))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		n, err := s.store.CloseOverdueSessions(ctx, time.Now())
		if err != nil {
			s.log.Error("overdue sessions not closed", "error", err)
		} else if n > 0 {
			s.log.Info("overdue sessions closed", "sessions", n)
		}
	}
}
