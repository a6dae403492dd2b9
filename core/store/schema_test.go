package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// TestPostgresSchema compares a database made by us with the list in testdata, both ways.
func TestPostgresSchema(t *testing.T) {
	cfg := storetest.Postgres(t)
	storetest.Open(t, cfg, nil)
	got := readSchema(t, cfg)
	want := map[string]bool{"column alembic_version 1 version_num character varying(32) NOT NULL": true,
		"constraint alembic_version_pkc alembic_version PRIMARY KEY (version_num)": true}
	for _, line := range lines(t, "testdata/schema.txt") {
		want[line] = true
	}
	if len(want) < 400 {
		t.Fatalf("testdata/schema.txt has %d lines only", len(want))
	}
	for line := range got {
		if !want[line] {
			t.Errorf("not in OpenTera's schema: %s", line)
		}
	}
	for line := range want {
		if !got[line] {
			t.Errorf("missing: %s", line)
		}
	}
	if v := query(t, cfg, "SELECT version_num FROM alembic_version"); !slices.Equal(v, []string{"6b9c4707d8ef"}) {
		t.Errorf("alembic version = %v", v)
	}
}

func readSchema(t *testing.T, cfg configs.Database) map[string]bool {
	t.Helper()
	got := map[string]bool{}
	for _, q := range []string{
		`SELECT 'column ' || table_name || ' ' || ordinal_position || ' ' || column_name || ' ' || data_type ||
			COALESCE('(' || character_maximum_length || ')', '') || CASE is_nullable WHEN 'YES' THEN ' NULL' ELSE ' NOT NULL' END ||
			COALESCE(' DEFAULT ' || column_default, '') || CASE is_identity WHEN 'YES' THEN ' IDENTITY' ELSE '' END
			FROM information_schema.columns WHERE table_schema = 'public'`,
		`SELECT 'constraint ' || c.conname || ' ' || r.relname || ' ' || pg_get_constraintdef(c.oid)
			FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid WHERE c.connamespace = 'public'::regnamespace`,
		`SELECT 'sequence ' || sequencename || ' ' || data_type || ' start ' || start_value || ' increment ' || increment_by
			FROM pg_sequences WHERE schemaname = 'public'`,
	} {
		for _, line := range query(t, cfg, q) {
			got[line] = true
		}
	}
	return got
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if !strings.HasPrefix(s.Text(), "#") {
			out = append(out, s.Text())
		}
	}
	return out
}

// conn connects to PostgreSQL beside the store.
func conn(t *testing.T, cfg configs.Database) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), "host="+cfg.URL+" user=gotera dbname="+cfg.Name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func query(t *testing.T, cfg configs.Database, sql string) []string {
	t.Helper()
	rows, err := conn(t, cfg).Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// change runs statements beside the store, on either engine.
func change(t *testing.T, cfg configs.Database, statements ...string) {
	t.Helper()
	if cfg.Type != "sqlite" {
		for _, s := range statements {
			if _, err := conn(t, cfg).Exec(t.Context(), s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
		return
	}
	db, err := sql.Open("sqlite", cfg.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestOpenAgainKeepsData(t *testing.T) {
	storetest.Each(t, func(t *testing.T, cfg configs.Database) {
		s := storetest.Seeded(t, cfg, nil)
		u, err := s.UserByUsername(t.Context(), "siteadmin")
		if err != nil {
			t.Fatal(err)
		}
		again, err := storetest.Open(t, cfg, nil).UserByUUID(t.Context(), u.UUID)
		if err != nil || again.ID != u.ID || again.VersionID != u.VersionID {
			t.Fatalf("after opening again: %+v, %v", again, err)
		}
	})
}

// TestOpenRefuses covers databases that are not ours to use; each is left as it was.
func TestOpenRefuses(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare []string
		found   string // alembic version in the error, "" for ErrNotOpenTera
		says    string
	}{
		{"another program's", []string{"CREATE TABLE t_other (a integer)"}, "", ""},
		{"an older version", []string{"UPDATE alembic_version SET version_num = '80f6eb28aea5'"}, "80f6eb28aea5", "upgrade"},
		{"a newer version", []string{"UPDATE alembic_version SET version_num = 'ffffffffffff'"}, "ffffffffffff", "newer gotera"},
		{"a missing column", []string{"ALTER TABLE t_sites DROP COLUMN site_2fa_required"}, "6b9c4707d8ef", "t_sites.site_2fa_required"},
		{"a missing table", []string{"DROP TABLE t_tests_invitations"}, "6b9c4707d8ef", "t_tests_invitations.test_invitation_key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, cfg configs.Database) {
				if tt.found != "" {
					if err := storetest.Open(t, cfg, nil).Close(); err != nil {
						t.Fatal(err)
					}
				}
				change(t, cfg, tt.prepare...)
				_, err := store.Open(t.Context(), cfg, store.Options{})
				var schema *store.SchemaError
				switch {
				case tt.found == "" && !errors.Is(err, store.ErrNotOpenTera):
					t.Errorf("got %v, want ErrNotOpenTera", err)
				case tt.found != "" && (!errors.As(err, &schema) || schema.Found != tt.found || !strings.Contains(err.Error(), tt.says)):
					t.Errorf("got %v, want a SchemaError of version %s that says %q", err, tt.found, tt.says)
				}
			})
		})
	}
}

// TestOpenTogether lets several processes find the same empty database.
func TestOpenTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, cfg configs.Database) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				s, err := store.Open(t.Context(), cfg, store.Options{BcryptCost: 4})
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := s.Defaults(t.Context(), store.TestMode); err != nil {
					t.Error(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		users, err := storetest.Open(t, cfg, nil).Users(t.Context(), store.Everything(), store.UserQuery{})
		if err != nil || len(users) != 6 {
			t.Fatalf("%d users, %v; want 6", len(users), err)
		}
	})
}
