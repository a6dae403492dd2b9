package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

// TestAudience: for every pair of accounts, one is in the audience of the other exactly if its access shows it, before
// and after links and accounts are deleted.
func TestAudience(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		compareAudiences(t, s)
		for _, forget := range []func() error{
			func() error { return remove[store.ServiceAccess](t, s, 4) }, // user3's role on project 1
			func() error { return remove[store.DeviceSite](t, s, 2) },
			func() error { return remove[store.DeviceParticipant](t, s, 2) },
			func() error { return remove[store.User](t, s, 6) },
			func() error { return remove[store.Project](t, s, 3) },
		} {
			if err := forget(); err != nil {
				t.Logf("not deleted: %v", err)
			}
			compareAudiences(t, s)
		}
	})
}

func compareAudiences(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	type account struct {
		kind   core.Kind
		id     int
		uuid   string
		access store.Access
	}
	var all []account
	users, err := store.Accessible[store.User](ctx, s, store.Everything())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		all = append(all, account{core.KindUser, u.ID, u.UUID, u.Access()})
	}
	participants, err := store.Accessible[store.Participant](ctx, s, store.Everything())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range participants {
		all = append(all, account{core.KindParticipant, p.ID, p.UUID, p.Access()})
	}
	devices, err := store.Accessible[store.Device](ctx, s, store.Everything())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range devices {
		all = append(all, account{core.KindDevice, d.ID, d.UUID, d.Access()})
	}
	seen := 0
	for _, whom := range all {
		audience, err := s.Audience(ctx, whom.kind, whom.uuid)
		if err != nil {
			t.Fatal(err)
		}
		for _, who := range all {
			if who.kind == whom.kind && who.id == whom.id {
				continue
			}
			var want bool
			switch whom.kind {
			case core.KindUser:
				want, err = store.Can[store.User](ctx, s, who.access, whom.id)
			case core.KindParticipant:
				want, err = store.Can[store.Participant](ctx, s, who.access, whom.id)
			case core.KindDevice:
				want, err = store.Can[store.Device](ctx, s, who.access, whom.id)
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := slices.Contains(audience[who.kind], who.uuid); got != want {
				t.Errorf("%s %d in the audience of %s %d: %v, its access says %v", who.kind, who.id, whom.kind, whom.id, got, want)
			}
			if want {
				seen++
			}
		}
	}
	if seen < 20 {
		t.Errorf("%d pairs see each other, too few to mean anything", seen)
	}
	if a, err := s.Audience(ctx, core.KindParticipant, "no such"); err != nil || len(a) != 0 {
		t.Errorf("audience of nobody = %v, %v", a, err)
	}
}

func TestSessionAudience(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for id, want := range map[int]string{5: "3 1 0", 28: "1 2 0", 4: "1 1 1"} {
			a, err := s.SessionAudience(t.Context(), get[store.Session](t, s, id).UUID)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(len(a[core.KindUser]), " ", len(a[core.KindParticipant]), " ", len(a[core.KindDevice])); got != want {
				t.Errorf("session %d: users, participants, devices = %s, want %s", id, got, want)
			}
		}
		if a, err := s.SessionAudience(t.Context(), "no such"); err != nil || len(a) != 0 {
			t.Errorf("audience of no session = %v, %v", a, err)
		}
	})
}
