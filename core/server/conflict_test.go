package server_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// TestSecondWriter: a request for a row that another writer is changing waits for it and reads the row as the other left
// it: neither change is lost. A request that had read the row before gets a conflict (store.ErrStale, rest.TestStored).
func TestSecondWriter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		admin := s.User(t, "admin")
		answers := make(chan servertest.Answer, 1)
		err := s.Store.Write(t.Context(), func(tx *store.Tx) error {
			if _, err := store.UpdateJSON[store.Participant](t.Context(), tx, 1, store.Object{"participant_email": "first@example.org"}); err != nil {
				return err
			}
			go func() {
				answers <- s.Post(t, "/api/user/participants", map[string]any{"participant": map[string]any{"id_participant": 1, "participant_name": "Second"}}, admin)
			}()
			if db.Type != "sqlite" {
				servertest.Eventually(t, "the request waits for the row", func() bool { return waiting(t, db) })
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		a, got := <-answers, servertest.Row[store.Participant](t, s, 1)
		if a.Status != http.StatusOK {
			t.Errorf("second writer: got %d %s", a.Status, a.Text)
		}
		if got.Name != "Second" || got.Email == nil || *got.Email != "first@example.org" {
			t.Errorf("participant: got %q %v, want what both wrote", got.Name, got.Email)
		}
	})
}

// waiting reports whether a connection waits for a lock.
func waiting(t *testing.T, db configs.Database) bool {
	t.Helper()
	var n int
	err := servertest.Postgres(t, db).QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'", db.Name).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

// TestWritersTogether: of many requests that change one object at the same time, each is done wholly or gets a conflict;
// what was confirmed last is what is stored, column by column.
func TestWritersTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		admin := s.User(t, "admin")
		columns := []string{"participant_name", "participant_email"}
		last := make([]string, len(columns))
		var wg sync.WaitGroup
		for i, column := range columns {
			wg.Go(func() {
				for n := range 25 {
					value := fmt.Sprintf("%s %d", column, n)
					a := s.Post(t, "/api/user/participants", map[string]any{"participant": map[string]any{"id_participant": 1, column: value}}, admin)
					switch {
					case a.Status == http.StatusConflict:
					case a.Status != http.StatusOK || len(a.List()) != 1 || a.List()[0][column] != value:
						t.Errorf("%s: got %d %s", column, a.Status, a.Text)
					default:
						last[i] = value
					}
				}
			})
		}
		wg.Wait()
		p := servertest.Row[store.Participant](t, s, 1)
		if p.Name != last[0] || p.Email == nil || *p.Email != last[1] {
			t.Errorf("stored: got %q %v, want what was confirmed last: %q", p.Name, p.Email, last)
		}
	})
}

// TestKilled kills the core while it stores sessions with their members: each is there wholly or not at all, what was
// confirmed is there, and the core starts again.
func TestKilled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db) // makes the test data
		s.Stop()
		p := servertest.StartProcess(t, db, s.Redis)
		admin := servertest.Token(p.UserToken(t, "admin"))
		var mu sync.Mutex
		confirmed := 0
		enough := make(chan struct{})
		ctx, cancel := context.WithTimeout(t.Context(), servertest.Wait)
		defer cancel()
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for ctx.Err() == nil {
					status, err := p.Try(ctx, http.MethodPost, "/api/user/sessions", map[string]any{"session": map[string]any{
						"id_session": 0, "session_name": "killed", "id_session_type": 1, "session_status": 2, "session_start_datetime": time.Now(),
						"session_participants_ids": []int{1, 2, 3}, "session_users_ids": []int{1, 2, 3}, "session_devices_ids": []int{1, 2},
					}}, admin)
					if err != nil {
						return // killed
					}
					if status != http.StatusOK {
						t.Errorf("session: got %d", status)
						return
					}
					mu.Lock()
					if confirmed++; confirmed == 20 {
						close(enough)
					}
					mu.Unlock()
				}
			})
		}
		select {
		case <-enough:
		case <-ctx.Done():
			t.Error("no 20 sessions were stored")
		}
		p.Kill(t)
		wg.Wait()
		sessions, err := store.Rows[store.Session](t.Context(), s.Store, store.Everything(), store.Columns{"session_name": "killed"})
		if err != nil || len(sessions) < confirmed {
			t.Fatalf("%d sessions are stored, %v; %d were confirmed", len(sessions), err, confirmed)
		}
		objects, err := store.JSON(t.Context(), s.Store, store.Full, sessions...)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objects {
			for key, want := range map[string]int{"session_participants": 3, "session_users": 3, "session_devices": 2} {
				if got := o[key].([]store.Object); len(got) != want {
					t.Errorf("session %v has %d %s, want %d", o["id_session"], len(got), key, want)
				}
			}
		}
		s.Run(t)
		if a := s.Get(t, "/api/user/login", servertest.Basic("admin", "admin")); a.Status != http.StatusOK {
			t.Errorf("login after the restart: got %d %s", a.Status, a.Text)
		}
	})
}
