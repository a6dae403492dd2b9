package store_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

// visible lists the keys that an access gives on each table asked for.
var visible = map[string]func(context.Context, *store.Store, store.Access) ([]int, error){
	"sites":        accessible[store.Site],
	"projects":     accessible[store.Project],
	"participants": accessible[store.Participant],
	"p.groups":     accessible[store.ParticipantGroup],
	"users":        accessible[store.User],
	"u.groups":     accessible[store.UserGroup],
	"devices":      accessible[store.Device],
	"services":     accessible[store.Service],
	"types":        accessible[store.SessionType],
	"tests":        accessible[store.TestType],
	"answers":      accessible[store.Test],
	"assets":       accessible[store.Asset],
	"listed":       listedAssets,
	"invitations":  accessible[store.TestInvitation],
	"sessions":     accessible[store.Session],
	"settings":     accessible[store.ServerSetting],
	"subtypes":     accessible[store.DeviceSubtype],
	"configs":      accessible[store.ServiceConfig],
	"roles":        accessible[store.ServiceRole],
	"one":          oneByOne,
}

func accessible[T any](ctx context.Context, s *store.Store, a store.Access) ([]int, error) {
	rows, err := store.Accessible[T](ctx, s, a)
	ids := make([]int, len(rows))
	for i, row := range rows {
		ids[i] = int(reflect.ValueOf(row).Elem().FieldByName("ID").Int())
	}
	return ids, err
}

// listedAssets follows the rule for lists of assets.
func listedAssets(ctx context.Context, s *store.Store, a store.Access) ([]int, error) {
	rows, err := s.Assets(ctx, a, store.AssetQuery{})
	ids := make([]int, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids, err
}

// oneByOne asks MaySeeSession for each of the 28 sessions.
func oneByOne(ctx context.Context, s *store.Store, a store.Access) ([]int, error) {
	ids := []int{}
	for id := 1; id <= 28; id++ {
		ok, err := s.MaySeeSession(ctx, a, id)
		if err != nil {
			return nil, err
		}
		if ok {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func span(from, to int) (ids []int) {
	for ; from <= to; from++ {
		ids = append(ids, from)
	}
	return ids
}

// TestAccess works the rules of core.md 5 out by hand on the test data (core.md 2.2).
func TestAccess(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		user := func(id int) store.Access { return get[store.User](t, s, id).Access() }
		service := func(id int) store.Access { return get[store.Service](t, s, id).Access() }
		participant := get[store.Participant](t, s, 1).Access()
		device := get[store.Device](t, s, 1).Access()
		for _, tt := range []struct {
			name   string
			access store.Access
			table  string
			want   []int
		}{
			{"server", store.Everything(), "sessions", span(1, 28)},
			{"server", store.Everything(), "settings", span(1, 4)},
			{"super", user(1), "sites", span(1, 2)},
			{"super", user(1).Admin(), "projects", span(1, 3)},
			{"super", user(1), "users", span(1, 6)},
			{"super", user(1), "u.groups", span(1, 5)},
			{"super", user(1), "services", span(1, 7)},
			{"super", user(1), "configs", span(1, 3)},
			{"super", user(1), "one", span(1, 28)},
			{"super", user(1), "assets", span(1, 7)},
			{"super", user(1), "answers", span(1, 4)},

			{"siteadmin", user(2), "sites", []int{1}},
			{"siteadmin", user(2).Admin(), "sites", []int{1}},
			{"siteadmin", user(2), "projects", []int{1, 2}},
			{"siteadmin", user(2).Admin(), "projects", []int{1, 2}},
			{"siteadmin", user(2), "participants", []int{1, 2, 3}},
			{"siteadmin", user(2), "p.groups", []int{1, 2}},
			{"siteadmin", user(2), "users", []int{2, 3, 4, 5}},
			{"siteadmin", user(2), "u.groups", []int{1, 2, 3, 4}},
			{"siteadmin", user(2), "devices", []int{1, 2}},
			{"siteadmin", user(2).Admin(), "devices", []int{1, 2}},
			{"siteadmin", user(2), "services", []int{2, 3, 6}},
			{"siteadmin", user(2), "types", span(1, 5)},
			{"siteadmin", user(2), "tests", []int{1, 2}},
			{"siteadmin", user(2), "settings", nil},
			{"siteadmin", user(2), "configs", []int{2, 3}},
			{"siteadmin", user(2).Admin(), "configs", []int{2, 3}},
			{"siteadmin", user(2), "roles", []int{1, 2, 3, 4, 9, 10}}, // of services 2, 3 and 6
			{"siteadmin", user(2), "answers", span(1, 4)},
			{"siteadmin", user(2), "assets", nil}, // the server keeps them, which is no accessible service
			{"siteadmin", user(2), "listed", span(1, 7)},
			{"siteadmin", user(2), "subtypes", []int{1, 2}},

			{"user", user(3), "sites", []int{1}}, // through its projects
			{"user", user(3).Admin(), "sites", nil},
			{"user", user(3), "projects", []int{1, 2}},
			{"user", user(3).Admin(), "projects", nil},
			{"user", user(3).Admin(), "participants", nil},
			{"user", user(3), "users", []int{3, 4, 5}},
			{"user", user(3).Admin(), "users", []int{3}}, // always oneself
			{"user", user(3), "services", []int{3, 6}},
			{"user", user(3).Admin(), "services", nil},
			{"user", user(3), "configs", []int{2, 3}},
			{"user", user(3).Admin(), "configs", nil},
			{"user", user(3), "sessions", span(1, 28)},
			{"user", user(3), "one", span(1, 28)},

			{"project admin", user(5), "sites", []int{1}},
			{"project admin", user(5).Admin(), "sites", nil},
			{"project admin", user(5), "projects", []int{1}},
			{"project admin", user(5).Admin(), "projects", []int{1}},
			{"project admin", user(5).Admin(), "participants", []int{1, 2, 3}},
			{"project admin", user(5).Admin(), "devices", nil},
			{"project admin", user(5).Admin(), "configs", []int{2}}, // of the participant, not of the device
			{"project admin", user(5).Admin(), "services", []int{3, 6}},

			{"nobody", user(6), "sites", nil},
			{"nobody", user(6), "projects", nil},
			{"nobody", user(6), "users", []int{6}},
			{"nobody", user(6), "u.groups", nil},
			{"nobody", user(6), "sessions", nil},
			{"nobody", user(6), "one", nil},
			{"nobody", user(6), "types", nil},
			{"nobody", user(6), "answers", nil},
			{"nobody", user(6), "listed", nil},

			{"rehab", service(6), "projects", []int{1}},
			{"rehab", service(6), "sites", []int{1}},
			{"rehab", service(6), "devices", []int{1, 2}},
			{"rehab", service(6), "participants", []int{1, 2, 3}},
			{"rehab", service(6), "users", span(1, 5)},
			{"rehab", service(6), "u.groups", nil},
			{"rehab", service(6), "types", []int{1}},
			{"rehab", service(6), "one", span(1, 28)},
			{"rehab", service(6), "answers", span(1, 4)},
			{"rehab", service(6), "listed", span(1, 7)},
			{"file", service(3), "projects", span(1, 3)},
			{"file", service(3), "types", []int{3, 5}},
			{"file", service(3), "devices", []int{1, 2}},
			{"logging", service(2), "u.groups", []int{2}},
			{"robot", service(7), "answers", nil},
			{"robot", service(7), "listed", nil},
			{"robot", service(7), "users", nil}, // in no project: not even super-administrators

			{"participant", participant, "devices", []int{1}},
			{"participant", participant, "services", []int{3, 6}},
			{"participant", participant, "types", span(1, 4)},
			{"participant", participant, "sessions", span(1, 28)},
			{"participant", participant, "participants", []int{1}},
			{"participant", participant, "users", nil},
			{"participant", participant, "assets", []int{1}},
			{"participant", participant, "listed", []int{1}},
			{"participant", participant, "answers", nil},
			{"device", device, "participants", []int{1, 2}},
			{"device", device, "projects", []int{1, 3}},
			{"device", device, "types", span(1, 4)},
			{"device", device, "services", []int{3, 6}},
			{"device", device, "sessions", span(9, 16)},
			{"device", device, "assets", span(4, 7)},
			{"device", device, "listed", span(4, 7)},
			{"device", device, "one", span(9, 20)},
		} {
			got, err := visible[tt.table](ctx, s, tt.access)
			if err != nil {
				t.Fatalf("%s, %s: %v", tt.name, tt.table, err)
			}
			equal(t, tt.name+" sees "+tt.table, got, tt.want)
		}
	})
}

func TestCan(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		a := get[store.User](t, s, 5).Access()
		for _, tt := range []struct {
			ids  []int
			want bool
		}{
			{nil, true}, {[]int{1}, true}, {[]int{1, 1}, true}, {[]int{1, 2}, false}, {[]int{3}, false}, {[]int{99}, false}, {[]int{0}, false},
		} {
			if got, err := store.Can[store.Project](t.Context(), s, a, tt.ids...); err != nil || got != tt.want {
				t.Errorf("Can(%v) = %v, %v", tt.ids, got, err)
			}
		}
	})
}

func TestAmongAndAny(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		a := get[store.User](t, s, 5).Access() // administers project 1
		got, err := store.Among[store.Project](ctx, s, a, []int{3, 1, 1, 2, 99, 0})
		if err != nil || len(got) != 1 || !got[1] {
			t.Errorf("Among: got %v, %v, want project 1", got, err)
		}
		if got, err := store.Among[store.Project](ctx, s, a, nil); err != nil || len(got) != 0 {
			t.Errorf("Among nothing: got %v, %v", got, err)
		}
		for name, tt := range map[string]struct {
			any  func() (bool, error)
			want bool
		}{
			"projects": {func() (bool, error) { return store.Any[store.Project](ctx, s, a.Admin()) }, true},
			"sites":    {func() (bool, error) { return store.Any[store.Site](ctx, s, a.Admin()) }, false},
		} {
			if got, err := tt.any(); err != nil || got != tt.want {
				t.Errorf("Any of the %s: got %v, %v, want %v", name, got, err, tt.want)
			}
		}
	})
}

// TestForeignRolesDoNotCount closes core.md 13.2, 30: another service's role on a site is no role on the site.
func TestForeignRolesDoNotCount(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		write(t, s, func(tx *store.Tx) error {
			role := &store.ServiceRole{ServiceID: 5, SiteID: ptr(2), Name: core.RoleAdmin}
			if err := tx.Insert(ctx, role); err != nil {
				return err
			}
			if err := tx.Insert(ctx, &store.ServiceAccess{UserGroupID: ptr(5), RoleID: role.ID}); err != nil {
				return err
			}
			return tx.Insert(ctx, &store.UserUserGroup{UserID: 6, UserGroupID: 5})
		})
		u := get[store.User](t, s, 6)
		for table, list := range visible {
			want := map[string][]int{"users": {6}, "subtypes": {1, 2}}[table]
			got, err := list(ctx, s, u.Access())
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "sees "+table, got, want)
		}
		if roles, err := s.SiteRoles(ctx, u); err != nil || len(roles) != 0 {
			t.Errorf("site roles = %v, %v", roles, err)
		}
	})
}

// TestAccessEndsWithItsLinks: whichever link of the chain is deleted, nothing is left of the access.
func TestAccessEndsWithItsLinks(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		a := get[store.User](t, s, 5).Access() // membership 5, group 2, access 4, role 17
		sees := func() int {
			projects, err := store.Accessible[store.Project](ctx, s, a)
			if err != nil {
				t.Fatal(err)
			}
			return len(projects)
		}
		for name, f := range map[string]func(tx *store.Tx) error{
			"membership": func(tx *store.Tx) error { return store.Delete[store.UserUserGroup](ctx, tx, 5) },
			"access":     func(tx *store.Tx) error { return store.Delete[store.ServiceAccess](ctx, tx, 4) },
			"role":       func(tx *store.Tx) error { return store.Delete[store.ServiceRole](ctx, tx, 17) },
			"project": func(tx *store.Tx) error {
				_, err := store.UpdateJSON[store.ServiceRole](ctx, tx, 17, store.Object{"id_project": 3})
				return err
			},
		} {
			t.Run(name, func(t *testing.T) {
				back := fmt.Errorf("roll back")
				_ = s.Write(ctx, func(tx *store.Tx) error {
					if err := f(tx); err != nil {
						t.Error(err)
						return back
					}
					projects, err := store.Accessible[store.Project](ctx, tx, a)
					if err != nil || len(projects) == 1 && projects[0].ID == 1 {
						t.Errorf("still sees %v, %v", projects, err)
					}
					return back
				})
				if sees() != 1 {
					t.Error("the roll back lost it too")
				}
			})
		}
	})
}

func TestRoles(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		admin, inherited, user := store.Role{Name: "admin"}, store.Role{Name: "admin", Inherited: true}, store.Role{Name: "user"}
		for _, tt := range []struct {
			user            int
			sites, projects map[int]store.Role
			global          map[string][]string
		}{
			{1, map[int]store.Role{1: inherited, 2: inherited}, map[int]store.Role{1: inherited, 2: inherited, 3: inherited}, nil},
			{2, map[int]store.Role{1: admin}, map[int]store.Role{1: inherited, 2: inherited}, nil},
			{3, map[int]store.Role{1: {Name: "user", Inherited: true}}, map[int]store.Role{1: user, 2: user}, nil},
			{4, map[int]store.Role{1: admin}, map[int]store.Role{1: inherited, 2: inherited}, map[string][]string{"BureauActif": {"admin"}}},
			{5, map[int]store.Role{1: {Name: "user", Inherited: true}}, map[int]store.Role{1: admin}, map[string][]string{"LoggingService": {"admin"}}},
			{6, nil, nil, nil},
		} {
			u := get[store.User](t, s, tt.user)
			sites, err := s.SiteRoles(ctx, u)
			if err != nil || fmt.Sprint(sites) != fmt.Sprint(tt.sites) {
				t.Errorf("%s: sites %v, %v; want %v", u.Username, sites, err, tt.sites)
			}
			projects, err := s.ProjectRoles(ctx, u)
			if err != nil || fmt.Sprint(projects) != fmt.Sprint(tt.projects) {
				t.Errorf("%s: projects %v, %v; want %v", u.Username, projects, err, tt.projects)
			}
			global, err := s.GlobalRoles(ctx, u.ID)
			if err != nil || fmt.Sprint(global) != fmt.Sprint(tt.global) {
				t.Errorf("%s: global %v, %v; want %v", u.Username, global, err, tt.global)
			}
		}
	})
}
