package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// accessRow is the id of the row that gives a role to a group.
func accessRow(t *testing.T, s *servertest.Server, group, role int) int {
	t.Helper()
	rows, err := store.Rows[store.ServiceAccess](t.Context(), s.Store, store.Everything(), store.Columns{"id_user_group": group, "id_service_role": role})
	if err != nil || len(rows) != 1 {
		t.Fatalf("role %d of group %d: %d rows %v", role, group, len(rows), err)
	}
	return rows[0].ID
}

func TestSiteAccess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		p := startPeople(t, db)
		const path = "/api/user/siteaccess"
		p.lists(t, path, []listing{
			{"admin", "?id_user=1", 2},
			{"siteadmin", "?id_user=4", 1},
			{"siteadmin", "?id_user=4&admins=false", 1}, // upstream reads any value as true
			{"siteadmin", "?id_user=3&admins=0", 0},
			{"siteadmin", "?id_user=7", 0},
			{"shared", "?id_user=8", 2},
			{"siteadmin", "?id_user_group=1&with_empty=1", 1}, // of what the caller sees
			{"siteadmin", "?id_user_group=6", 0},
			{"siteadmin", "?id_site=1", 5},
			{"siteadmin", "?id_site=1&admins=1", 1},
			{"siteadmin", "?id_site=2", 0},
			{"siteadmin", "?id_site=2&with_empty=1&by_users=1", 0},
			{"siteadmin2", "?id_site=2", 2},
			{"user3", "?id_site=1&by_users=1&with_usergroups=1", 3}, // those of the project: user, user2 and user3
			{"admin", "?id_site=1&by_users=1", 5},
		})
		set := func(group, site any, also object) object {
			o := object{"id_user_group": group, "id_site": site}
			for k, v := range also {
				o[k] = v
			}
			return object{"site_access": o}
		}
		named := func(role any) object { return object{"site_access_role": role} }
		byID := func(id any) object { return object{"id_service_role": id} }

		made := p.send(t, path, "siteadmin", set("9", "1", named("admin"))).List()
		if len(made) != 1 || made[0]["site_access_role"] != "admin" || made[0]["id_site_access"] != made[0]["id_service_access"] || made[0]["id_site"] != 1.0 {
			t.Fatalf("new: got %v", made)
		}
		changed := p.send(t, path, "siteadmin", set(9, 1, byID(14))).List()
		if len(changed) != 1 || changed[0]["site_access_role"] != "user" || changed[0]["id_site_access"] != made[0]["id_site_access"] {
			t.Errorf("changed: got %v", changed)
		}
		if list := p.send(t, path, "siteadmin", set(9, 1, byID(0))).List(); len(list) != 0 {
			t.Errorf("taken away: got %v", list)
		}
		if n := servertest.Count[store.ServiceAccess](t, p.Server, store.Columns{"id_user_group": 9}); n != 0 {
			t.Errorf("left: %d", n)
		}
		if list := p.send(t, path, "siteadmin", set(1, 1, named("user"))).List(); len(list) != 0 { // has it through its projects
			t.Errorf("inherited: got %v", list)
		}
		p.refuse(t, []refusal{
			{"nothing", "admin", "", path, object{}, 400},
			{"no group", "admin", "", path, object{"site_access": named("user")}, 400},
			{"no site", "admin", "", path, object{"site_access": object{"id_user_group": 1}}, 400},
			{"no role", "admin", "", path, set(1, 1, nil), 400},
			{"unknown role", "admin", "", path, set(1, 1, named("king")), 400},
			{"role of a wrong type", "admin", "", path, set(1, 1, named(1)), 400},
			{"role null", "admin", "", path, set(1, 1, named(nil)), 400},
			{"unknown role's id", "admin", "", path, set(1, 1, byID(999)), 400},
			{"unknown site", "admin", "", path, set(1, 999, named("user")), 403},
			{"unknown group", "admin", "", path, set(999, 1, named("user")), 403},
			{"another site", "siteadmin", "", path, set(3, 2, named("admin")), 403},
			{"another site's role", "siteadmin", "", path, set(3, 1, byID(15)), 400},
			{"a project's role", "siteadmin", "", path, set(3, 1, byID(21)), 400},
			{"a service's role", "siteadmin", "", path, set(3, 1, byID(1)), 400},
			{"another site's group", "siteadmin", "", path, set(6, 1, named("user")), 403},
			{"a service's group", "siteadmin", "", path, set(8, 1, named("user")), 403},
			{"the second of two", "siteadmin", "", path, object{"site_access": []object{
				{"id_user_group": 3, "id_site": 1, "site_access_role": "user"}, {"id_user_group": 3, "id_site": 2, "site_access_role": "user"}}}, 403},
			{"by a project's admin", "user3", "", path, set(2, 1, named("admin")), 403},
			{"by a user", "user", "", path, set(1, 1, named("admin")), 403},
			{"unknown", "admin", "DELETE", path + "?id=999", nil, 400},
			{"another site's", "siteadmin", "DELETE", path + "?id=" + jsonText(accessRow(t, p.Server, 6, 15)), nil, 403},
			{"of both sites, the other's", "siteadmin", "DELETE", path + "?id=" + jsonText(accessRow(t, p.Server, 7, 16)), nil, 403},
			{"a project's", "siteadmin", "DELETE", path + "?id=" + jsonText(accessRow(t, p.Server, 2, 17)), nil, 403},
			{"a service's", "siteadmin", "DELETE", path + "?id=" + jsonText(accessRow(t, p.Server, 8, 1)), nil, 403},
			{"by a user", "user", "DELETE", path + "?id=" + jsonText(accessRow(t, p.Server, 3, 13)), nil, 403},
		})
		if a := p.Delete(t, path+"?id="+jsonText(accessRow(t, p.Server, 7, 14)), p.as(t, "siteadmin")); a.Status != 200 || a.Text != "\"\"\n" {
			t.Errorf("delete of one's own site's: got %d %s", a.Status, a.Text)
		}
	})
}

func TestProjectAccess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		p := startPeople(t, db)
		const path = "/api/user/projectaccess"
		p.lists(t, path, []listing{
			{"admin", "?id_user=1", 3},
			{"siteadmin", "?id_user=3&with_sites=1", 2},
			{"siteadmin", "?id_user=3&admins=false", 2},
			{"siteadmin", "?id_user=7", 0},
			{"siteadmin", "?id_user_group=2&with_empty=1", 2},
			{"siteadmin", "?id_user_group=6", 0},
			{"siteadmin", "?id_project=1", 4},
			{"siteadmin", "?id_project=3", 0},
			{"siteadmin", "?id_project=3&with_empty=1", 0},
			{"user3", "?id_project=1&by_users=1&with_sites=1", 3},
		})
		list := p.Get(t, path+"?id_user=2&with_sites=1", p.as(t, "siteadmin")).List()
		if len(list) != 2 || list[0]["id_project"] != 1.0 || list[0]["site_name"] != "Default Site" || list[0]["project_access_inherited"] != true {
			t.Errorf("with sites: got %v", list)
		}
		set := func(group, project any, also object) object {
			o := object{"id_user_group": group, "id_project": project}
			for k, v := range also {
				o[k] = v
			}
			return object{"project_access": o}
		}
		made := p.send(t, path, "user3", set("4", "1", object{"project_access_role": "admin"})).List()
		if len(made) != 1 || made[0]["project_access_role"] != "admin" || made[0]["id_project"] != 1.0 || made[0]["id_project_access"] == nil {
			t.Fatalf("changed by the project's admin: got %v", made)
		}
		if list := p.send(t, path, "user3", set(4, 1, object{"project_access_role": ""})).List(); len(list) != 0 {
			t.Errorf("taken away: got %v", list)
		}
		p.refuse(t, []refusal{
			{"no role", "admin", "", path, set(1, 1, nil), 400},
			{"unknown role", "admin", "", path, set(1, 1, object{"project_access_role": "king"}), 400},
			{"another project", "user3", "", path, set(2, 2, object{"project_access_role": "user"}), 403},
			{"another project's role", "user3", "", path, set(2, 1, object{"project_access_role": "user", "id_service_role": 19}), 400},
			{"the site's role", "user3", "", path, set(2, 1, object{"id_service_role": 13}), 400},
			{"another site's group", "siteadmin", "", path, set(6, 1, object{"project_access_role": "user"}), 403},
			{"another site", "siteadmin", "", path, set(3, 3, object{"project_access_role": "user"}), 403},
			{"by a user", "user", "", path, set(1, 1, object{"project_access_role": "admin"}), 403},
			{"unknown", "admin", "DELETE", path + "?id=999", nil, 400},
			{"a site's", "user3", "DELETE", path + "?id=" + jsonText(accessRow(t, p.Server, 3, 13)), nil, 403},
			{"another project's", "user3", "DELETE", path + "?id=" + jsonText(accessRow(t, p.Server, 1, 20)), nil, 403},
			{"by a user", "user", "DELETE", path + "?id=" + jsonText(accessRow(t, p.Server, 1, 18)), nil, 403},
		})
		if a := p.Delete(t, path+"?id="+jsonText(accessRow(t, p.Server, 1, 18)), p.as(t, "user3")); a.Status != 200 {
			t.Errorf("delete: got %d %s", a.Status, a.Text)
		}
	})
}

// A user's view is shown to those who see the user, and no more of it than they see themselves (core.md 13.2, 23).
func TestViewOfAnotherUser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		p := startPeople(t, db)
		uuid := func(id int) string { return servertest.Row[store.User](t, p.Server, id).UUID }
		for _, tt := range []struct {
			as, path, uuid string
			want           int
		}{
			{"admin", "/api/user/projects", uuid(2), 2},
			{"admin", "/api/user/sites", uuid(7), 1},
			{"siteadmin", "/api/user/projects", uuid(3), 2},
			{"user3", "/api/user/projects", uuid(3), 1}, // project 1 of 1 and 2
			{"siteadmin", "/api/user/projects", uuid(7), 0},
			{"siteadmin", "/api/user/sites", uuid(7), 0},
			{"siteadmin", "/api/user/projects", uuid(1), 0},
			{"user4", "/api/user/projects", uuid(3), 0},
			{"user4", "/api/user/sites", uuid(1), 0},
			{"siteadmin", "/api/user/sites", "x' OR 1=1 --", 0},
		} {
			a := p.Get(t, servertest.Query(tt.path, "user_uuid", tt.uuid), p.as(t, tt.as))
			if a.Status != 200 || len(a.List()) != tt.want {
				t.Errorf("%s of %s as %s: got %d %s, want %d", tt.path, tt.uuid, tt.as, a.Status, a.Text, tt.want)
			}
		}
	})
}

// A role on a site that another service defines is that service's affair (core.md 13.2, 30).
func TestRolesOfOtherServices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		p := startPeople(t, db)
		err := p.Store.Write(t.Context(), func(tx *store.Tx) error {
			site, project, group := 2, 3, 1
			for _, role := range []*store.ServiceRole{{ServiceID: 6, SiteID: &site, Name: "admin"}, {ServiceID: 6, ProjectID: &project, Name: "admin"}} {
				if err := tx.Insert(t.Context(), role); err != nil {
					return err
				}
				if err := tx.Insert(t.Context(), &store.ServiceAccess{UserGroupID: &group, RoleID: role.ID}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/api/user/sites?id=2", "/api/user/projects?id=3", "/api/user/siteaccess?id_user_group=1&admins=1",
			"/api/user/participants?id_project=3", "/api/user/users?username=siteadmin2", "/api/user/projectaccess?id_user=3&admins=1"} {
			if list := p.Get(t, path, p.as(t, "user")).List(); len(list) != 0 {
				t.Errorf("%s: got %v, want nothing", path, list)
			}
		}
		if a := p.Get(t, servertest.Query("/api/service/users/access", "uuid_user", servertest.Row[store.User](t, p.Server, 3).UUID, "id_site", "2"), p.as(t, "service:FileTransferService")); a.Status != 200 || a.Object()["site_role"] != nil {
			t.Errorf("role told to a service: got %d %s", a.Status, a.Text)
		}
		p.refuse(t, []refusal{
			{"site", "user", "", "/api/user/siteaccess", object{"site_access": object{"id_user_group": 1, "id_site": 2, "site_access_role": "admin"}}, 403},
			{"project", "user", "", "/api/user/projectaccess", object{"project_access": object{"id_user_group": 1, "id_project": 3, "project_access_role": "admin"}}, 403},
			{"members by the site's administrator", "siteadmin", "", "/api/user/users/usergroups", object{"user_user_group": object{"id_user": 2, "id_user_group": 1}}, 403},
		})
	})
}
