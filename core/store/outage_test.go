package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// TestDatabaseGoesAway: while PostgreSQL is down requests fail, and soon; when it is back they work again.
func TestDatabaseGoesAway(t *testing.T) {
	cluster := storetest.NewCluster(t)
	s := storetest.Seeded(t, cluster.Database(t), nil)
	insert := func(ctx context.Context) error {
		return s.Write(ctx, func(tx *store.Tx) error { return tx.Insert(ctx, &store.Site{Name: "S"}) })
	}
	if err := insert(t.Context()); err != nil {
		t.Fatal(err)
	}
	cluster.Stop(t)
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		start := time.Now()
		if _, err := s.UserByUsername(ctx, "admin"); err == nil {
			t.Error("a read worked without a server")
		}
		if err := insert(ctx); err == nil {
			t.Error("a write worked without a server")
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("the failures took %v", d)
		}
		cancel()
	}
	cluster.Start(t)
	deadline := time.Now().Add(10 * time.Second)
	for {
		err := insert(t.Context())
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no recovery: %v", err)
		}
		time.Sleep(20 * time.Millisecond) // between two tries
	}
	if _, err := s.UserByUsername(t.Context(), "admin"); err != nil {
		t.Error(err)
	}
	sites, err := s.Sites(t.Context(), store.Everything(), store.SiteQuery{Name: "S"})
	if err != nil || len(sites) != 2 {
		t.Errorf("%d sites, %v; want the 2 that were committed", len(sites), err)
	}
}

func TestOpenWithoutServer(t *testing.T) {
	_, err := store.Open(t.Context(), configs.Database{Name: "x", URL: t.TempDir(), Port: 5432, Username: "x"}, store.Options{})
	if err == nil {
		t.Fatal("opened a database that is not there")
	}
}

// TestKilledInTransaction kills a process between two statements of a transaction: nothing of it is left, and the
// database is usable at once.
func TestKilledInTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, cfg configs.Database) {
		s := storetest.Seeded(t, cfg, nil)
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledChild$", "-test.v")
		cmd.Env = append(os.Environ(), "STORE_CHILD="+cfg.Type, "STORE_NAME="+cfg.Name, "STORE_URL="+cfg.URL)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if lines.Text() == "in transaction" {
				break
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the child ended by itself")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		err = s.Write(ctx, func(tx *store.Tx) error { return tx.Insert(ctx, &store.Site{Name: "After"}) })
		if err != nil {
			t.Fatal(err)
		}
		sites, err := s.Sites(ctx, store.Everything(), store.SiteQuery{})
		if err != nil || len(sites) != 3 {
			t.Errorf("%d sites, %v; want 3", len(sites), err)
		}
		roles, err := store.Accessible[store.ServiceRole](ctx, s, store.Everything())
		if err != nil || len(roles) != 24 {
			t.Errorf("%d roles, %v; want 24", len(roles), err)
		}
	})
}

// TestKilledChild is the process that TestKilledInTransaction kills.
func TestKilledChild(t *testing.T) {
	if os.Getenv("STORE_CHILD") == "" {
		return // not a test of its own
	}
	ctx := t.Context()
	s := storetest.Open(t, configs.Database{
		Type: os.Getenv("STORE_CHILD"), Name: os.Getenv("STORE_NAME"), URL: os.Getenv("STORE_URL"), Port: 5432, Username: "gotera",
	}, nil)
	err := s.Write(ctx, func(tx *store.Tx) error {
		if err := tx.Insert(ctx, &store.Site{Name: "Half"}); err != nil {
			return err
		}
		fmt.Println("in transaction")
		select {
		case <-ctx.Done():
		case <-time.After(30 * time.Second):
		}
		return ctx.Err()
	})
	t.Fatalf("still alive: %v", err)
}
