package store_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestLostUpdate(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		first, second := get[store.Site](t, s, 1), get[store.Site](t, s, 1)
		first.Name, second.Name = "First", "Second"
		write(t, s, func(tx *store.Tx) error { return tx.Update(ctx, first, "site_name") })
		err := s.Write(ctx, func(tx *store.Tx) error { return tx.Update(ctx, second, "site_name") })
		if !errors.Is(err, store.ErrStale) {
			t.Fatalf("second writer got %v, want ErrStale", err)
		}
		if got := get[store.Site](t, s, 1); got.Name != "First" || got.VersionID != first.VersionID {
			t.Errorf("row = %+v", got)
		}
		first.Name = "Again" // the version was kept up to date
		write(t, s, func(tx *store.Tx) error { return tx.Update(ctx, first, "site_name") })
	})
}

// TestVersionAlwaysGrows: many updates within one millisecond must not look alike.
func TestVersionAlwaysGrows(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		row := get[store.Site](t, s, 1)
		write(t, s, func(tx *store.Tx) error {
			for range 20 {
				before := row.VersionID
				if err := tx.Update(t.Context(), row, "site_name"); err != nil {
					return err
				}
				if row.VersionID <= before {
					t.Errorf("version went from %d to %d", before, row.VersionID)
				}
			}
			return nil
		})
	})
}

// TestConcurrentUpdates: of many who read, change and write, none overwrites another.
func TestConcurrentUpdates(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var done, stale atomic.Int64
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for n := 0; n < 10; {
					p, err := store.Get[store.Session](ctx, s, 1)
					if err != nil {
						t.Error(err)
						return
					}
					p.Duration++
					err = s.Write(ctx, func(tx *store.Tx) error { return tx.Update(ctx, p, "session_duration") })
					switch {
					case err == nil:
						n++
						done.Add(1)
					case errors.Is(err, store.ErrStale):
						stale.Add(1)
					default:
						t.Error(err)
						return
					}
				}
			})
		}
		before := get[store.Session](t, s, 2) // readers are not held up
		wg.Wait()
		_ = before
		if got := get[store.Session](t, s, 1).Duration; done.Load() != 40 {
			t.Errorf("%d updates were made, duration %d", done.Load(), got)
		}
		t.Logf("%d updates, %d refused as stale", done.Load(), stale.Load())
	})
}

func TestRollback(t *testing.T) {
	storetest.Each(t, func(t *testing.T, cfg configs.Database) {
		ctx := t.Context()
		r := &recorder{}
		s := storetest.Seeded(t, cfg, r)
		r.take()
		boom := errors.New("boom")
		err := s.Write(ctx, func(tx *store.Tx) error {
			if err := tx.Insert(ctx, &store.Site{Name: "Never"}); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = s.Write(ctx, func(tx *store.Tx) error {
				if err := tx.Insert(ctx, &store.Site{Name: "Never"}); err != nil {
					t.Error(err)
				}
				panic("boom")
			})
		}()
		cancelled, cancel := context.WithCancel(ctx)
		err = s.Write(cancelled, func(tx *store.Tx) error {
			cancel()
			return tx.Insert(ctx, &store.Site{Name: "Never"})
		})
		if err == nil {
			t.Error("a cancelled transaction was committed")
		}
		sites, err := s.Sites(ctx, store.Everything(), store.SiteQuery{})
		if err != nil || len(sites) != 2 {
			t.Errorf("%d sites, %v; want 2", len(sites), err)
		}
		if e := r.take(); len(e) != 0 {
			t.Errorf("events of what was rolled back: %v", e)
		}
		write(t, s, func(tx *store.Tx) error { return tx.Insert(ctx, &store.Site{Name: "After"}) }) // nothing is left locked
	})
}

// TestInstants: what is written comes back as the same instant, whatever the zones.
func TestInstants(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		tokyo := time.FixedZone("", 9*3600)
		for _, at := range []time.Time{
			time.Date(2024, 2, 29, 23, 59, 59, 123456000, time.UTC),
			time.Date(2024, 11, 3, 1, 30, 0, 0, tokyo),
			time.Date(1969, 12, 31, 23, 0, 0, 500000000, time.UTC),
		} {
			u := get[store.User](t, s, 1)
			u.LastOnline = &at
			write(t, s, func(tx *store.Tx) error { return tx.Update(ctx, u, "user_lastonline") })
			if got := get[store.User](t, s, 1).LastOnline; got == nil || !got.Equal(at) {
				t.Errorf("got %v, want %v", got, at)
			}
		}
	})
}

func TestDuplicates(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		user := func(name string) *store.User {
			return &store.User{Username: name, Password: "Password12345!", FirstName: "A", LastName: "B", Enabled: true}
		}
		err := s.Write(ctx, func(tx *store.Tx) error { return tx.Insert(ctx, user("siteadmin")) })
		var dup *store.DuplicateError
		if !errors.As(err, &dup) || dup.Table != "t_users" || dup.Column != "user_username" {
			t.Errorf("got %v, want a DuplicateError of t_users.user_username", err)
		}
		if err := remove[store.User](t, s, 6); err != nil { // user4 has nothing
			t.Fatal(err)
		}
		err = s.Write(ctx, func(tx *store.Tx) error { return tx.Insert(ctx, user("user4")) })
		if !errors.As(err, &dup) {
			t.Errorf("a deleted user's name was given away: %v", err)
		}
		err = s.Write(ctx, func(tx *store.Tx) error { return tx.Insert(ctx, &store.UserGroup{Name: "G"}) })
		if err != nil {
			t.Error(err)
		}
		var integrity *store.IntegrityError
		err = s.Write(ctx, func(tx *store.Tx) error { return tx.Insert(ctx, &store.UserUserGroup{UserID: 99, UserGroupID: 1}) })
		if !errors.As(err, &integrity) {
			t.Errorf("an unknown user in a group: got %v, want an IntegrityError", err)
		}
	})
}

// TestKeysComeFromSequences: the input's key does not count, and the numbers go on.
func TestKeysComeFromSequences(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for want := 6; want < 9; want++ {
			if g := insertJSON[store.UserGroup](t, s, store.Object{"id_user_group": 1, "user_group_name": "G"}); g.ID != want {
				t.Errorf("key = %d, want %d", g.ID, want)
			}
		}
	})
}
