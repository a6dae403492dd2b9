package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

const resetPath = "/api/test/database/reset"

func TestDatabaseReset(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.StartEmpty(t, db)
		a := s.Post(t, "/api/user/sites", map[string]any{"site": map[string]any{"id_site": 0, "site_name": "New"}}, s.User(t, "admin"))
		if a.Status != 200 {
			t.Fatalf("new site: got %d %s", a.Status, a.Text)
		}
		if a := s.Get(t, resetPath, servertest.Header("X-Forwarded-For", "192.0.2.1")); a.Status != 403 {
			t.Errorf("from elsewhere: got %d, want 403", a.Status)
		}
		if n := len(s.Get(t, "/api/user/sites", s.User(t, "admin")).List()); n != 3 {
			t.Fatalf("sites after the refusal: got %d, want 3", n)
		}
		if a := s.Get(t, resetPath); a.Status != 200 || a.Text != "200\n" {
			t.Fatalf("reset: got %d %q", a.Status, a.Text)
		}
		if n := len(s.Get(t, "/api/user/sites", s.User(t, "admin")).List()); n != 2 {
			t.Errorf("sites after the reset: got %d, want 2", n)
		}
		if u := servertest.Row[store.User](t, s, 1); u.Username != "admin" {
			t.Errorf("user 1: got %s", u.Username)
		}
		for name, auth := range map[string]servertest.Auth{"/api/device/login": s.Device(t, 1), "/api/service/sites": s.Service(t, "FileTransferService")} {
			if a := s.Get(t, name, auth); a.Status != 200 {
				t.Errorf("%s after the reset: got %d %s", name, a.Status, a.Text)
			}
		}
		if _, err := s.Store.Setting(t.Context(), store.SettingServerVersions); err != nil {
			t.Errorf("server versions after the reset: %v", err)
		}
		// A database that is not the test's is never emptied.
		servertest.Change[store.User](t, s, 6, store.Object{"user_username": "somebody"})
		if a := s.Get(t, resetPath); a.Status != 403 || servertest.Row[store.User](t, s, 6).Username != "somebody" {
			t.Errorf("database without the test accounts: got %d %s", a.Status, a.Text)
		}
	})
}

// In production there is no such endpoint (core.md 13.2, 35).
func TestNoDatabaseResetInProduction(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t), func(c *server.Config) { c.Tests = false })
	if a := s.Get(t, resetPath); a.Status != 404 {
		t.Errorf("got %d, want 404", a.Status)
	}
}
