package store_test

import (
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// TestAdoptMigrated: a database that OpenTera's own migrations made (core.md 1.1) is used as it is, but for our indexes,
// and all of the test data, deletes included, goes into it as into one of ours.
func TestAdoptMigrated(t *testing.T) {
	ctx := t.Context()
	cfg := storetest.Migrated(t)
	before, foreignIndexes := readSchema(t, cfg), indexes(t, cfg)
	for _, difference := range []string{
		"column t_users 15 user_2fa_enabled boolean NOT NULL DEFAULT false",
		"column t_users 18 user_2fa_otp_secret character varying(32) NULL",
		"constraint t_sessions_id_creator_service_fkey1 t_sessions FOREIGN KEY (id_creator_service) REFERENCES t_services(id_service) ON DELETE CASCADE",
	} {
		if !before[difference] {
			t.Errorf("migrated.sql is no migrated schema: it lacks %q", difference)
		}
	}
	s := storetest.Open(t, cfg, nil)
	for range 2 { // the second start finds the rows of the first
		if _, err := s.Defaults(ctx, store.TestMode); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range [][2]store.Row{
		{&store.Site{Name: "S", TwoFactorRequired: true}, &store.Project{SiteID: 1, Name: "P"}},
		{&store.UserGroup{Name: "G"}, &store.DeviceType{Name: "T", Key: "t"}},
	} {
		write(t, s, func(tx *store.Tx) error { return errors.Join(tx.Insert(ctx, p[0]), tx.Insert(ctx, p[1])) })
	}
	if got := get[store.Project](t, s, 4); got.Enabled { // the server's default of true is not ours
		t.Errorf("project = %+v, want it as it was inserted", got)
	}
	if err := remove[store.Site](t, s, 3); err != nil {
		t.Error(err)
	}
	if err := remove[store.UserGroup](t, s, 6); err != nil {
		t.Error(err)
	}
	sessions, err := s.Sessions(ctx, get[store.User](t, s, 2).Access(), store.SessionQuery{})
	if err != nil || len(sessions) != 28 {
		t.Errorf("the site's administrator sees %d sessions, %v; want 28", len(sessions), err)
	}

	after := readSchema(t, cfg)
	for line := range before {
		if !after[line] {
			t.Errorf("adoption removed or changed: %s", line)
		}
	}
	for line := range after {
		if !before[line] {
			t.Errorf("adoption added: %s", line)
		}
	}
	ours := indexes(t, cfg)
	for name, definition := range foreignIndexes {
		if ours[name] != definition {
			t.Errorf("index %s is %q, was %q", name, ours[name], definition)
		}
		delete(ours, name)
	}
	for name := range ours {
		if !strings.HasPrefix(name, "gotera_") {
			t.Errorf("our index %s is not named as ours", name)
		}
	}
	if ours["gotera_t_sessions_id_creator_user"] == "" {
		t.Errorf("the column without its foreign key has no index: %v", slices.Sorted(maps.Keys(ours)))
	}
}

// TestAdoptFurtherColumns: a database may have more than OpenTera's columns, and an index that is gone is made again.
func TestAdoptFurtherColumns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, cfg configs.Database) {
		if err := storetest.Seeded(t, cfg, nil).Close(); err != nil {
			t.Fatal(err)
		}
		change(t, cfg, "ALTER TABLE t_projects ADD COLUMN left_over varchar", "CREATE TABLE t_left_over (a integer)",
			"DROP INDEX gotera_t_projects_id_site")
		s := storetest.Open(t, cfg, nil)
		write(t, s, func(tx *store.Tx) error { return tx.Insert(t.Context(), &store.Project{SiteID: 1, Name: "New"}) })
		projects, err := s.Projects(t.Context(), store.Everything(), store.ProjectQuery{Name: "New"})
		if err != nil || len(projects) != 1 || projects[0].ID != 4 {
			t.Fatalf("projects = %+v, %v; want the new one with key 4", projects, err)
		}
		change(t, cfg, "DROP INDEX gotera_t_projects_id_site") // fails if it is not there
	})
}

// TestAdoptWithoutRights: a role that may use the tables but owns none still works, with a warning, without our indexes.
func TestAdoptWithoutRights(t *testing.T) {
	cfg := storetest.Migrated(t)
	guest := cfg
	guest.Username = "guest_" + cfg.Name
	change(t, cfg, "CREATE ROLE "+guest.Username+" LOGIN",
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "+guest.Username,
		"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "+guest.Username)
	var log strings.Builder
	s, err := store.Open(t.Context(), guest, store.Options{BcryptCost: 4, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Defaults(t.Context(), store.TestMode); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "no right to create indexes") {
		t.Errorf("log = %q, want a warning", log.String())
	}
}

// indexes are all of a database, by name.
func indexes(t *testing.T, cfg configs.Database) map[string]string {
	t.Helper()
	got := map[string]string{}
	for _, line := range query(t, cfg, "SELECT indexname || ' ' || indexdef FROM pg_indexes WHERE schemaname = 'public'") {
		name, definition, _ := strings.Cut(line, " ")
		got[name] = definition
	}
	return got
}

// TestSequenceBehind: after a restore that forgot the sequences, the operator reads at the start which are behind, new
// rows are refused by name, and the row that has the key stays as it is.
func TestSequenceBehind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, cfg configs.Database) {
		ctx := t.Context()
		if err := storetest.Seeded(t, cfg, nil).Close(); err != nil {
			t.Fatal(err)
		}
		behind := []string{"SELECT setval('id_site_sequence', 1)", "SELECT setval('id_session_user', 1, false)"}
		if cfg.Type == "sqlite" {
			behind = []string{"UPDATE gotera_sequences SET value = 1 WHERE name = 'id_site_sequence'"}
		}
		change(t, cfg, behind...)
		var log strings.Builder
		s, err := store.Open(ctx, cfg, store.Options{BcryptCost: 4, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if cfg.Type != "sqlite" {
			for _, want := range []string{"SELECT setval('id_site_sequence', 2)", "SELECT setval('id_session_user', "} {
				if !strings.Contains(log.String(), want) {
					t.Errorf("log lacks %q: %s", want, log.String())
				}
			}
			if n := strings.Count(log.String(), "level=ERROR"); n != 2 {
				t.Errorf("%d errors in the log, want 2: %s", n, log.String())
			}
		}
		before := get[store.Site](t, s, 2)
		err = s.Write(ctx, func(tx *store.Tx) error { return tx.Insert(ctx, &store.Site{Name: "New"}) })
		var sequence *store.SequenceError
		if !errors.As(err, &sequence) || sequence.Table != "t_sites" || sequence.Sequence != "id_site_sequence" {
			t.Errorf("insert: %v, want a SequenceError of id_site_sequence", err)
		}
		if got := get[store.Site](t, s, 2); *got != *before {
			t.Errorf("site 2 = %+v, was %+v", got, before)
		}
		if cfg.Type != "sqlite" {
			change(t, cfg, "SELECT setval('id_site_sequence', 2)") // what the log says
			site := &store.Site{Name: "New"}
			write(t, s, func(tx *store.Tx) error { return tx.Insert(ctx, site) })
			if site.ID != 3 {
				t.Errorf("key = %d, want 3", site.ID)
			}
		}
	})
}
