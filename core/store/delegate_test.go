package store_test

import (
	"context"
	"testing"

	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// TestDelegation works out on the test data what administrators may hand on.
func TestDelegation(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		storetest.SecondTenant(t, s)
		ctx := t.Context()
		user := func(id int) store.Access { return get[store.User](t, s, id).Access() }
		with := func(right store.GroupRight) func(store.Access, int) (bool, error) {
			return func(a store.Access, id int) (bool, error) { return s.MayWithGroups(ctx, a, right, id) }
		}
		edit := func(a store.Access, id int) (bool, error) {
			ok, _, err := s.MayEditUser(ctx, a, id)
			return ok, err
		}
		whole := func(a store.Access, id int) (bool, error) {
			_, ok, err := s.MayEditUser(ctx, a, id)
			return ok, err
		}
		for _, tt := range []struct {
			what string
			ask  func(store.Access, int) (bool, error)
			user int
			want []int // which of 1 to 24
		}{
			{"members managed by siteadmin", can[store.UserGroup](ctx, s), 2, []int{1, 2, 3, 4}},
			{"members managed by the project's admin", can[store.UserGroup](ctx, s), 5, []int{2, 4}}, // 3 is of the site, 1 also of project 2
			{"members managed by siteadmin2", can[store.UserGroup](ctx, s), 7, []int{6}},
			{"members managed by user", can[store.UserGroup](ctx, s), 3, nil},
			{"members managed by admin", can[store.UserGroup](ctx, s), 1, span(1, 9)},

			{"members added by siteadmin", with(store.GroupAddMember), 2, []int{1, 3}}, // 2 and 4 have global roles admin
			{"members added by user2", with(store.GroupAddMember), 4, []int{1, 3, 4}},  // who has the role of group 4
			{"members added by the project's admin", with(store.GroupAddMember), 5, []int{2}},
			{"members added by siteadmin2", with(store.GroupAddMember), 7, []int{6}},
			{"members added by admin", with(store.GroupAddMember), 1, span(1, 9)},

			{"renamed by siteadmin", with(store.GroupRename), 2, []int{1, 2, 3, 4, 5, 9}}, // nobody is in 5
			{"renamed by siteadmin2", with(store.GroupRename), 7, []int{5, 6, 9}},
			{"renamed by admin", with(store.GroupRename), 1, span(1, 9)},

			{"given roles by siteadmin", with(store.GroupGiveRole), 2, []int{1, 2, 3, 4, 5, 7, 9}},
			{"given roles by siteadmin2", with(store.GroupGiveRole), 7, []int{5, 6, 7, 9}},

			{"edited by siteadmin", edit, 2, []int{2, 3, 4, 5, 8}},
			{"taken over by siteadmin", whole, 2, []int{2, 3}},
			{"taken over by user2", whole, 4, []int{2, 3, 4}},
			{"edited by siteadmin2", edit, 7, []int{7, 8}},
			{"taken over by siteadmin2", whole, 7, []int{7}},
			{"edited by the project's admin", edit, 5, nil},
			{"edited by user", edit, 3, nil},
			{"taken over by admin", whole, 1, span(1, 24)},

			{"roles given by siteadmin", can[store.ServiceRole](ctx, s), 2, []int{2, 4, 10, 13, 14, 17, 18, 19, 20}}, // Logging, File, Rehab
			{"roles given by user2", can[store.ServiceRole](ctx, s), 4, []int{2, 4, 7, 10, 13, 14, 17, 18, 19, 20}},
			{"roles given by the project's admin", can[store.ServiceRole](ctx, s), 5, []int{1, 4, 10, 17, 18}},
			{"roles given by siteadmin2", can[store.ServiceRole](ctx, s), 7, []int{4, 15, 16, 21, 22}},
			{"roles given by user", can[store.ServiceRole](ctx, s), 3, nil},

			{"rows of siteadmin", can[store.ServiceAccess](ctx, s), 2, []int{7, 9}}, // Logging: group 2, participant group 1
			{"rows of siteadmin2", can[store.ServiceAccess](ctx, s), 7, nil},
			{"rows of user", can[store.ServiceAccess](ctx, s), 3, nil},
		} {
			var got []int
			for id := 1; id <= 24; id++ {
				ok, err := tt.ask(user(tt.user), id)
				if err != nil {
					t.Fatalf("%s: %v", tt.what, err)
				}
				if ok {
					got = append(got, id)
				}
			}
			equal(t, tt.what, got, tt.want)
		}
	})
}

// can asks Can as an administrator.
func can[T any](ctx context.Context, s *store.Store) func(store.Access, int) (bool, error) {
	return func(a store.Access, id int) (bool, error) { return store.Can[T](ctx, s, a.Admin(), id) }
}

func TestGroupRoles(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		storetest.SecondTenant(t, s)
		ctx := t.Context()
		groups, err := s.RolesOfGroups(ctx, span(1, 9))
		if err != nil {
			t.Fatal(err)
		}
		users, err := s.RolesOfUsers(ctx, []int{2, 4, 6, 8})
		if err != nil {
			t.Fatal(err)
		}
		own, inherited := func(n string) store.Role { return store.Role{Name: n} }, func(n string) store.Role { return store.Role{Name: n, Inherited: true} }
		for _, tt := range []struct {
			what      string
			got, want map[int]store.Role
		}{
			{"sites of group 1", groups[1].Sites, map[int]store.Role{1: inherited("user")}},
			{"projects of group 1", groups[1].Projects, map[int]store.Role{1: own("user"), 2: own("user")}},
			{"sites of group 3", groups[3].Sites, map[int]store.Role{1: own("admin")}},
			{"projects of group 3", groups[3].Projects, map[int]store.Role{1: inherited("admin"), 2: inherited("admin")}},
			{"sites of group 5", groups[5].Sites, map[int]store.Role{}},
			{"sites of group 7", groups[7].Sites, map[int]store.Role{1: own("user"), 2: own("user")}},
			{"sites of group 8", groups[8].Sites, map[int]store.Role{}},
			{"projects of user 4", users[4].Projects, map[int]store.Role{1: inherited("admin"), 2: inherited("admin")}},
			{"sites of user 4", users[4].Sites, map[int]store.Role{1: own("admin")}},
			{"projects of user 6", users[6].Projects, map[int]store.Role{}},
		} {
			if len(tt.got) != len(tt.want) {
				t.Errorf("%s: got %v, want %v", tt.what, tt.got, tt.want)
			}
			for id, role := range tt.want {
				if tt.got[id] != role {
					t.Errorf("%s: got %v, want %v", tt.what, tt.got, tt.want)
				}
			}
		}
	})
}

// TestSetGroupRole: one role per group and site; a role on a site that requires two factors reaches the members at once.
func TestSetGroupRole(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if _, err := updateJSON[store.Site](t, s, 2, store.Object{"site_2fa_required": true}); err != nil {
			t.Fatal(err)
		}
		if get[store.User](t, s, 3).TwoFactor {
			t.Fatal("user 3 has a second factor already")
		}
		set := func(group, site, role int) (row *store.ServiceAccess) {
			write(t, s, func(tx *store.Tx) (err error) {
				row, err = tx.SetGroupRole(ctx, group, site, 0, role)
				return err
			})
			return row
		}
		first := set(1, 2, 16)
		if !get[store.User](t, s, 3).TwoFactor {
			t.Error("the new role does not bring the second factor")
		}
		insertJSON[store.ServiceAccess](t, s, store.Object{"id_user_group": 1, "id_service_role": 15}) // a second row, as OpenTera may leave it
		if second := set(1, 2, 16); second.ID != first.ID {
			t.Errorf("same role: got row %d, want %d", second.ID, first.ID)
		}
		rows, err := store.Rows[store.ServiceAccess](ctx, s, store.Everything(), store.Columns{"id_user_group": 1, "id_service_role": []int{15, 16}})
		if err != nil || len(rows) != 1 {
			t.Errorf("roles on the site: got %d %v, want 1", len(rows), err)
		}
		if third := set(1, 2, 15); third.ID != first.ID || third.RoleID != 15 {
			t.Errorf("other role: got %+v", third)
		}
		if set(1, 2, 0) != nil {
			t.Error("a role is left")
		}
		if _, err := store.Get[store.ServiceAccess](ctx, s, first.ID); err == nil {
			t.Error("the row is left")
		}
	})
}
