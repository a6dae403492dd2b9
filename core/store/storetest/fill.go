package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/store"
)

// Fill puts OpenTera's test data (core.md 2.2) into an empty database, and leaves one that has tables as it is. The data
// is made once per engine and test program, by the store itself, and copied: rows, UUIDs and keys are the same in each.
func Fill(t testing.TB, cfg configs.Database) {
	t.Helper()
	var err error
	switch {
	case cfg.Type == "sqlite":
		err = fillFile(t.Context(), cfg)
	case shared.cluster != nil && cfg.URL == shared.cluster.dir:
		err = shared.cluster.fill(t.Context(), cfg)
	default: // a server of the test's own
		err = seed(t.Context(), cfg)
	}
	if err != nil {
		t.Fatalf("test data: %v", err)
	}
}

// file holds the SQLite database that Fill copies.
var file struct {
	mu   sync.Mutex
	data []byte // nil until it is made
}

func fillFile(ctx context.Context, cfg configs.Database) error {
	if _, err := os.Stat(cfg.Name); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	file.mu.Lock()
	defer file.mu.Unlock()
	if file.data == nil {
		data, err := makeFile(ctx)
		if err != nil {
			return err
		}
		file.data = data
	}
	return os.WriteFile(cfg.Name, file.data, 0o600)
}

func makeFile(ctx context.Context) (data []byte, err error) {
	dir, err := os.MkdirTemp("", "gotera-seed-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg := configs.Database{Type: "sqlite", Name: filepath.Join(dir, "gotera.db")}
	if err := seed(ctx, cfg); err != nil {
		return nil, err
	}
	if _, err := os.Stat(cfg.Name + "-wal"); !errors.Is(err, os.ErrNotExist) {
		return nil, errors.Join(errors.New("the closed database is more than its file"), err)
	}
	return os.ReadFile(cfg.Name)
}

func (c *Cluster) fill(ctx context.Context, cfg configs.Database) error {
	if empty, err := c.empty(ctx, cfg.Name); err != nil || !empty {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.seeded {
		if err := c.create("seeded", "template1"); err != nil {
			return err
		}
		template := cfg
		template.Name = "seeded"
		if err := seed(ctx, template); err != nil {
			return err
		}
		c.seeded = true
	}
	return errors.Join(c.exec("DROP DATABASE "+cfg.Name), c.create(cfg.Name, "seeded"))
}

// empty reports whether a database has no tables.
func (c *Cluster) empty(ctx context.Context, name string) (bool, error) {
	conn, err := pgx.Connect(ctx, "host="+c.dir+" port=5432 user=gotera dbname="+name+" connect_timeout=2")
	if err != nil {
		return false, err
	}
	var tables int
	err = conn.QueryRow(ctx, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&tables)
	return tables == 0, errors.Join(err, conn.Close(ctx))
}

func seed(ctx context.Context, cfg configs.Database) error {
	s, err := open(ctx, cfg, nil)
	if err != nil {
		return err
	}
	_, err = s.Defaults(ctx, store.TestMode)
	return errors.Join(err, s.Close())
}
