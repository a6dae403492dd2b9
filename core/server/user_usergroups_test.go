package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestMemberships(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		p := startPeople(t, db)
		const path = "/api/user/users/usergroups"
		add := func(pairs ...[2]any) object {
			list := make([]object, len(pairs))
			for i, m := range pairs {
				list[i] = object{"id_user": m[0], "id_user_group": m[1]}
			}
			return object{"user_user_group": list}
		}
		p.lists(t, path, []listing{
			{"admin", "?id_user_group=3", 2},
			{"admin", "?id_user_group=3&with_empty=1", 8}, // all but the super-administrator
			{"siteadmin", "?id_user_group=1&with_empty=1", 4},
			{"siteadmin", "?id_user_group=6", 0},
			{"siteadmin", "?id_user_group=6&with_empty=1", 0},
			{"siteadmin", "?id_user=4", 2},
			{"siteadmin", "?id_user=4&with_empty=1&list=1", 4},
			{"siteadmin", "?id_user=7", 0},
			{"user4", "?id_user=6&with_empty=1", 0},
		})
		if a := p.Get(t, path, p.as(t, "admin")); a.Status != 400 {
			t.Errorf("no id: got %d, want 400", a.Status)
		}
		p.refuse(t, []refusal{
			{"nothing", "admin", "", path, object{"id_user": 1}, 400},
			{"no user", "admin", "", path, object{"user_user_group": object{"id_user_group": 1}}, 400},
			{"no group", "admin", "", path, object{"user_user_group": object{"id_user": 2}}, 400},
			{"text", "admin", "", path, object{"user_user_group": "x"}, 400},
			{"super-administrator", "admin", "", path, add([2]any{1, 1}), 400},
			{"unknown user", "admin", "", path, add([2]any{999, 1}), 403},
			{"unknown group", "admin", "", path, add([2]any{2, 999}), 403},
			{"SQL", "admin", "", path, add([2]any{2, "1; DROP TABLE t_users"}), 400},
			{"the second of two", "siteadmin", "", path, add([2]any{5, 1}, [2]any{5, 6}), 403},
			{"another site's user", "siteadmin", "", path, add([2]any{7, 1}), 403},
			{"oneself among another site's administrators", "siteadmin", "", path, add([2]any{2, 6}), 403},
			{"oneself in a group of both sites", "siteadmin", "", path, add([2]any{2, 7}), 403},
			{"oneself in a service's group", "siteadmin", "", path, add([2]any{2, 8}), 403},
			{"oneself in a group with a service's role admin", "siteadmin", "", path, add([2]any{2, 4}), 403},
			{"a project's admin among the site's", "user3", "", path, add([2]any{5, 3}), 403},
			{"a project's admin in another project", "user3", "", path, add([2]any{5, 1}), 403},
			{"a user", "user", "", path, add([2]any{3, 2}), 403},
		})
		p.send(t, path, "siteadmin", add([2]any{4, 4})) // a member stays one, whatever the group
		made := p.send(t, path, "siteadmin", add([2]any{"5", "1"}, [2]any{5, 1})).List()
		if len(made) != 2 || made[0]["id_user_user_group"] != made[1]["id_user_user_group"] || made[0]["id_user_user_group"] == nil {
			t.Fatalf("added twice: got %v", made)
		}
		id := servertest.Query(path, "id", jsonText(made[0]["id_user_user_group"]))
		memberships := map[string]int{}
		for name, m := range map[string][2]int{"siteadmin2": {7, 6}, "shared": {8, 7}, "user3": {5, 2}} {
			rows, err := store.Rows[store.UserUserGroup](t.Context(), p.Store, store.Everything(), store.Columns{"id_user": m[0], "id_user_group": m[1]})
			if err != nil || len(rows) != 1 {
				t.Fatalf("%s: %v %v", name, rows, err)
			}
			memberships[name] = rows[0].ID
		}
		of := func(name string) string { return servertest.Query(path, "id", jsonText(memberships[name])) }
		p.refuse(t, []refusal{
			{"unknown", "admin", "DELETE", path + "?id=999", nil, 400},
			{"another site's", "siteadmin", "DELETE", of("siteadmin2"), nil, 403},
			{"of both sites", "siteadmin", "DELETE", of("shared"), nil, 403},
			{"by a user", "user", "DELETE", id, nil, 403},
		})
		if a := p.Delete(t, id, p.as(t, "siteadmin")); a.Status != 200 || a.Text != "\"\"\n" {
			t.Errorf("delete: got %d %s", a.Status, a.Text)
		}
	})
}

func TestUserGroups(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		p := startPeople(t, db)
		const path = "/api/user/usergroups"
		p.lists(t, path, []listing{
			{"admin", "", 9},
			{"siteadmin", "", 4},
			{"siteadmin", "?id_site=1", 5}, // and that of both sites
			{"siteadmin", "?id_site=2", 0},
			{"siteadmin", "?id_user_group=6", 0},
			{"siteadmin", "?id_user=7", 0},
			{"siteadmin", "?id_user=4", 2},
			{"shared", "?id_site=2&list=1", 2},
			{"user4", "", 0},
		})
		one := p.Get(t, path+"?id_site=1", p.as(t, "siteadmin")).List()
		for _, g := range one { // of a group of both sites, the other one is not told
			sites := g["user_group_sites_access"].([]any)
			if len(sites) != 1 || sites[0].(object)["id_site"] != 1.0 {
				t.Errorf("sites of group %v: got %v", g["id_user_group"], sites)
			}
			for _, project := range g["user_group_projects_access"].([]any) {
				if o := project.(object); o["id_project"] == 3.0 || o["project_access_role"] == nil || o["site_name"] != nil {
					t.Errorf("projects of group %v: got %v", g["id_user_group"], o)
				}
			}
		}

		group := func(o object) object { return object{"user_group": o} }
		role := func(place string, id int, role any) []object {
			return []object{{"id_" + place: id, place + "_access_role": role}}
		}
		made := p.send(t, path, "siteadmin", group(object{"id_user_group": 0, "user_group_name": "Ours",
			"user_group_sites_access": role("site", 1, "user"), "user_group_projects_access": role("project", 2, "admin")})).List()
		if len(made) != 1 || len(made[0]["user_group_sites_access"].([]any)) != 1 || len(made[0]["user_group_projects_access"].([]any)) != 1 {
			t.Fatalf("create: got %v", made)
		}
		id := made[0]["id_user_group"]
		p.send(t, path, "siteadmin", group(object{"id_user_group": id, "user_group_name": "Ours still"}))
		// core.md 13.3, 50: an empty role takes the role away
		gone := p.send(t, path, "siteadmin", group(object{"id_user_group": id, "user_group_sites_access": role("site", 1, ""), "user_group_projects_access": role("project", 2, nil)})).List()
		if len(gone) != 1 || len(gone[0]["user_group_sites_access"].([]any)) != 0 || len(gone[0]["user_group_projects_access"].([]any)) != 0 {
			t.Errorf("roles taken away: got %v", gone)
		}
		p.send(t, path, "siteadmin", group(object{"id_user_group": 7, "user_group_sites_access": role("site", 1, "admin")})) // its role on one's own site

		p.refuse(t, []refusal{
			{"nothing", "admin", "", path, object{}, 400},
			{"no id", "admin", "", path, group(object{}), 400},
			{"no name", "admin", "", path, group(object{"id_user_group": 0}), 400},
			{"name of a wrong type", "admin", "", path, group(object{"id_user_group": 0, "user_group_name": nil}), 400},
			{"unknown key", "admin", "", path, group(object{"id_user_group": 1, "x": 1}), 500},
			{"unknown role", "admin", "", path, group(object{"id_user_group": 1, "user_group_sites_access": role("site", 1, "king")}), 400},
			{"unknown site", "admin", "", path, group(object{"id_user_group": 1, "user_group_sites_access": role("site", 999, "user")}), 403},
			{"unknown project", "admin", "", path, group(object{"id_user_group": 1, "user_group_projects_access": role("project", 999, "user")}), 403},
			{"unknown group", "admin", "", path, group(object{"id_user_group": 999, "user_group_name": "x"}), 403},
			{"by a project's admin", "user3", "", path, group(object{"id_user_group": 0, "user_group_name": "x"}), 403},
			{"by nobody", "user4", "", path, group(object{"id_user_group": 0, "user_group_name": "x"}), 403},
			{"role on another site", "siteadmin", "", path, group(object{"id_user_group": 0, "user_group_name": "x", "user_group_sites_access": role("site", 2, "user")}), 403},
			{"role on another project", "siteadmin", "", path, group(object{"id_user_group": 3, "user_group_projects_access": role("project", 3, "user")}), 403},
			// core.md 13.2, 28
			{"another site's group renamed", "siteadmin", "", path, group(object{"id_user_group": 6, "user_group_name": "x"}), 403},
			{"group of both sites renamed", "siteadmin", "", path, group(object{"id_user_group": 7, "user_group_name": "x"}), 403},
			{"a service's group renamed", "siteadmin", "", path, group(object{"id_user_group": 8, "user_group_name": "x"}), 403},
			// a role on one's own site would make another site's group visible, and its users one's own
			{"another site's group drawn in", "siteadmin", "", path, group(object{"id_user_group": 6, "user_group_sites_access": role("site", 1, "user")}), 403},
			{"a service's group drawn in", "siteadmin", "", path, group(object{"id_user_group": 8, "user_group_projects_access": role("project", 1, "user")}), 403},

			{"in use", "admin", "DELETE", path + "?id=1", nil, 500},
			{"unknown", "admin", "DELETE", path + "?id=999", nil, 403},
			{"without role", "siteadmin", "DELETE", path + "?id=9", nil, 403},
			{"of another site", "siteadmin", "DELETE", path + "?id=6", nil, 403},
			{"of both sites", "siteadmin", "DELETE", path + "?id=7", nil, 403},
			{"by a project's admin", "user3", "DELETE", path + "?id=2", nil, 403},
		})
		p.send(t, path, "siteadmin", group(object{"id_user_group": id, "user_group_projects_access": role("project", 1, "user")}))
		if a := p.Delete(t, servertest.Query(path, "id", jsonText(id)), p.as(t, "siteadmin")); a.Status != 200 {
			t.Errorf("delete: got %d %s", a.Status, a.Text)
		}
		if n := servertest.Count[store.ServiceAccess](t, p.Server, store.Columns{"id_user_group": int(id.(float64))}); n != 0 {
			t.Errorf("roles of the deleted group: %d", n)
		}
	})
}
