// Package storetest gives tests a real database: a temporary SQLite file, and a PostgreSQL server that the test program
// starts at the first need and that ends with it, one database per test. Start at Each.
package storetest

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/store"
)

// Each runs f once per engine, each time with an empty database of its own.
func Each(t *testing.T, f func(t *testing.T, cfg configs.Database)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, Postgres(t)) })
}

// SQLite returns an empty database in a temporary file.
func SQLite(t testing.TB) configs.Database {
	t.Helper()
	return configs.Database{Type: "sqlite", Name: filepath.Join(t.TempDir(), "gotera.db")}
}

// Postgres returns an empty database on the server of the test program.
func Postgres(t testing.TB) configs.Database {
	t.Helper()
	return sharedCluster(t).Database(t)
}

// Open opens a database with cheap password hashes and no log, and closes it with the test. Events may be nil.
func Open(t testing.TB, cfg configs.Database, events store.Events) *store.Store {
	t.Helper()
	s, err := open(t.Context(), cfg, events)
	if err != nil {
		t.Fatalf("open %s database: %v", cfg.Type, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	return s
}

func open(ctx context.Context, cfg configs.Database, events store.Events) (*store.Store, error) {
	return store.Open(ctx, cfg, store.Options{
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Events: events, BcryptCost: bcrypt.MinCost,
	})
}

// Seeded opens an empty database filled with OpenTera's test data (core.md 2.2); events are of what the test does then.
func Seeded(t testing.TB, cfg configs.Database, events store.Events) *store.Store {
	t.Helper()
	Fill(t, cfg)
	return Open(t, cfg, events)
}
