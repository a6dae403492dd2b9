package storetest

import (
	"testing"

	"github.com/gotera/gotera/core/store"
)

// Password is that of the users of SecondTenant.
const Password = "Long-enough-1"

// SecondTenant adds people of site 2 to the test data (core.md 2.2): group 6, its administrators, with user 7
// "siteadmin2"; group 7, users of both sites, with user 8 "shared"; group 8, which has nothing but the role admin of the
// service Logging, with user 9 "logger"; and group 9, which is new.
func SecondTenant(t testing.TB, s *store.Store) {
	t.Helper()
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		for _, name := range []string{"Admins - Secret Site", "Both sites", "Log readers", "New"} {
			if err := tx.Insert(t.Context(), &store.UserGroup{Name: name}); err != nil {
				return err
			}
		}
		for _, r := range []struct{ group, role int }{{6, 15}, {7, 14}, {7, 16}, {8, 1}} {
			if err := tx.Insert(t.Context(), &store.ServiceAccess{UserGroupID: &r.group, RoleID: r.role}); err != nil {
				return err
			}
		}
		for i, name := range []string{"siteadmin2", "shared", "logger"} {
			u := &store.User{Username: name, FirstName: name, LastName: "x", Password: Password, Enabled: true}
			if err := tx.Insert(t.Context(), u); err != nil {
				return err
			}
			if err := tx.Insert(t.Context(), &store.UserUserGroup{UserID: u.ID, UserGroupID: 6 + i}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
