package store_test

import (
	"errors"
	"testing"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

func gone[T any](t *testing.T, s *store.Store, id int) {
	t.Helper()
	if row, err := store.Get[T](t.Context(), s, id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%T %d: got %v, want ErrNotFound", row, id, err)
	}
}

// TestDeleteCascades deletes a project without sessions: participants, groups, roles, links and access go with it.
func TestDeleteCascades(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if err := remove[store.Project](t, s, 3); err != nil {
			t.Fatal(err)
		}
		gone[store.Project](t, s, 3)
		gone[store.Participant](t, s, 4)
		gone[store.ServiceRole](t, s, 21)
		gone[store.ServiceProject](t, s, 4)
		gone[store.DeviceProject](t, s, 3)
		gone[store.TestTypeProject](t, s, 3)
		if _, err := s.ParticipantByUUID(ctx, "x"); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
		if err := remove[store.Project](t, s, 3); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("second delete: %v, want ErrNotFound", err)
		}
		if get[store.Site](t, s, 2).Name != "Top Secret Site" {
			t.Error("the site went too")
		}
		// deleting the site of the deleted project is then possible, and takes its roles and links
		if err := remove[store.Site](t, s, 2); err != nil {
			t.Fatal(err)
		}
		gone[store.ServiceRole](t, s, 15)
		gone[store.DeviceSite](t, s, 3)
		gone[store.SessionTypeSite](t, s, 6)
	})
}

func TestDeleteRefused(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for _, tt := range []struct {
			name  string
			try   func() error
			table string
		}{
			{"user with sessions", func() error { return remove[store.User](t, s, 2) }, "t_sessions_users"},
			{"user who created sessions", func() error { return remove[store.User](t, s, 1) }, "t_sessions_users"},
			{"group with users", func() error { return remove[store.UserGroup](t, s, 1) }, "t_users"},
			{"participant with sessions", func() error { return remove[store.Participant](t, s, 1) }, "t_sessions_participants"},
			{"participant group", func() error { return remove[store.ParticipantGroup](t, s, 1) }, "t_participants"},
			{"project", func() error { return remove[store.Project](t, s, 1) }, "t_participants"},
			{"site", func() error { return remove[store.Site](t, s, 1) }, "t_projects"},
			{"device with participants", func() error { return remove[store.Device](t, s, 2) }, "t_devices_participants"},
			{"device type", func() error { return remove[store.DeviceType](t, s, 1) }, "t_devices"},
			{"device of participants' project", func() error { return remove[store.DeviceProject](t, s, 1) }, "t_participants"},
			{"device of the site", func() error { return remove[store.DeviceSite](t, s, 1) }, "t_participants"},
			{"session type", func() error { return remove[store.SessionType](t, s, 1) }, "t_sessions"},
			{"session type in project", func() error { return remove[store.SessionTypeProject](t, s, 1) }, "t_sessions"},
			{"session type in site", func() error { return remove[store.SessionTypeSite](t, s, 1) }, "t_sessions"},
			{"secondary service", func() error { return remove[store.SessionTypeService](t, s, 1) }, "t_sessions"},
			{"test type", func() error { return remove[store.TestType](t, s, 1) }, "t_tests"},
			{"test type in project", func() error { return remove[store.TestTypeProject](t, s, 1) }, "t_tests"},
			{"test type in site", func() error { return remove[store.TestTypeSite](t, s, 1) }, "t_tests"},
			{"service", func() error { return remove[store.Service](t, s, 6) }, "t_sessions"},
		} {
			var integrity *store.IntegrityError
			if err := tt.try(); !errors.As(err, &integrity) || integrity.Table != tt.table {
				t.Errorf("%s: got %v, want an IntegrityError of %s", tt.name, err, tt.table)
			}
		}
	})
}

// TestDeleteRefused leaves nothing half done: a refused site link keeps the project links it would have taken along.
func TestRefusedDeleteChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		if remove[store.SessionTypeSite](t, s, 1) == nil {
			t.Fatal("not refused")
		}
		get[store.SessionTypeSite](t, s, 1)
		get[store.SessionTypeProject](t, s, 1)
	})
}

func TestDeleteSession(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		if err := remove[store.Session](t, s, 2); err != nil { // never refused
			t.Fatal(err)
		}
		gone[store.SessionEvent](t, s, 13)
		gone[store.Asset](t, s, 1)
		gone[store.Test](t, s, 1)
		m, err := s.SessionMembers(t.Context(), 2)
		if err != nil || len(m.Users)+len(m.Participants)+len(m.Devices) != 0 {
			t.Errorf("members = %+v, %v", m, err)
		}
		get[store.SessionEvent](t, s, 1) // of another session
	})
}

// TestRevive: an association that is added again is the old row.
func TestRevive(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		insert := func() *store.UserUserGroup {
			m := &store.UserUserGroup{UserID: 3, UserGroupID: 5}
			write(t, s, func(tx *store.Tx) error { return tx.Insert(ctx, m) })
			return m
		}
		m := insert()
		if again := insert(); again.ID != m.ID {
			t.Errorf("a live pair was added as %d besides %d", again.ID, m.ID)
		}
		if err := remove[store.UserUserGroup](t, s, m.ID); err != nil {
			t.Fatal(err)
		}
		gone[store.UserUserGroup](t, s, m.ID)
		if again := insert(); again.ID != m.ID || again.DeletedAt != nil {
			t.Errorf("got %+v, want the row %d back", again, m.ID)
		}
		get[store.UserUserGroup](t, s, m.ID)
		// what an association needs must be there again, too
		if err := remove[store.DeviceParticipant](t, s, 1); err != nil {
			t.Fatal(err)
		}
		if err := remove[store.DeviceProject](t, s, 3); err != nil {
			t.Fatal(err)
		}
		write(t, s, func(tx *store.Tx) error {
			return tx.Insert(ctx, &store.DeviceProject{DeviceID: 1, ProjectID: 3})
		})
		get[store.DeviceProject](t, s, 3)
		if err := remove[store.DeviceSite](t, s, 3); err != nil { // and its projects
			t.Fatal(err)
		}
		err := s.Write(ctx, func(tx *store.Tx) error {
			return tx.Insert(ctx, &store.DeviceProject{DeviceID: 1, ProjectID: 3})
		})
		var integrity *store.IntegrityError
		if !errors.As(err, &integrity) {
			t.Errorf("a link came back without its site: %v", err)
		}
		// a NULL key matches nothing: each access is a new row
		a, b := &store.ServiceAccess{UserGroupID: ptr(5), RoleID: 1}, &store.ServiceAccess{UserGroupID: ptr(5), RoleID: 1}
		write(t, s, func(tx *store.Tx) error { return errors.Join(tx.Insert(ctx, a), tx.Insert(ctx, b)) })
		if a.ID == b.ID {
			t.Error("an access was revived")
		}
	})
}

func TestSessionMembers(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		set := func(kind core.Kind, ids ...int) error {
			return s.Write(ctx, func(tx *store.Tx) error { return tx.SetSessionMembers(ctx, 1, kind, ids) })
		}
		check := func(users, participants, devices []int) {
			t.Helper()
			m, err := s.SessionMembers(ctx, 1)
			if err != nil {
				t.Fatal(err)
			}
			var u, p, d []int
			for _, x := range m.Users {
				u = append(u, x.ID)
			}
			for _, x := range m.Participants {
				p = append(p, x.ID)
			}
			for _, x := range m.Devices {
				d = append(d, x.ID)
			}
			equal(t, "users", u, users)
			equal(t, "participants", p, participants)
			equal(t, "devices", d, devices)
		}
		check([]int{1}, []int{1}, nil)
		if err := errors.Join(set(core.KindUser, 3, 1, 2), set(core.KindDevice, 1), set(core.KindParticipant)); err != nil {
			t.Fatal(err)
		}
		check([]int{1, 3, 2}, nil, []int{1})
		if err := set(core.KindUser, 2); err != nil {
			t.Fatal(err)
		}
		check([]int{2}, nil, []int{1})
		var integrity *store.IntegrityError
		if err := set(core.KindParticipant, 99); !errors.As(err, &integrity) || integrity.Table != "t_participants" {
			t.Errorf("unknown member: %v", err)
		}
		if err := set(core.KindService, 1); err == nil {
			t.Error("a service became a member")
		}
	})
}
