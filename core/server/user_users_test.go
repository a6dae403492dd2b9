package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// user is the body of POST /users.
func user(o object) object { return object{"user": o} }

func newUser(name string, also object) object {
	o := object{"id_user": 0, "user_username": name, "user_firstname": "New", "user_lastname": "User", "user_enabled": true,
		"user_profile": object{"a": 1}, "user_password": storetest.Password}
	for k, v := range also {
		o[k] = v
	}
	return user(o)
}

func groupList(ids ...int) []object {
	list := make([]object, len(ids))
	for i, id := range ids {
		list[i] = object{"id_user_group": id}
	}
	return list
}

func TestUsersPost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		p := startPeople(t, db)
		const path = "/api/user/users"
		made := p.send(t, path, "siteadmin", newUser("Zoé", object{"user_user_groups": groupList(1, 3), "user_superadmin": true})).List()
		if len(made) != 1 || made[0]["user_superadmin"] != false || made[0]["user_profile"] != `{"a":1}` || made[0]["user_password"] != nil {
			t.Fatalf("create: got %v", made)
		}
		id := int(made[0]["id_user"].(float64))
		if n := servertest.Count[store.UserUserGroup](t, p.Server, store.Columns{"id_user": id}); n != 2 {
			t.Errorf("groups: got %d, want 2", n)
		}
		if a := p.send(t, path, "siteadmin", user(object{"id_user": id, "user_user_groups": groupList(1), "user_firstname": "A", "user_password": ""})).List(); a[0]["user_firstname"] != "A" {
			t.Errorf("update: got %v", a)
		}
		if n := servertest.Count[store.UserUserGroup](t, p.Server, store.Columns{"id_user": id, "id_user_group": 1}); n != 1 {
			t.Errorf("the group that stays: got %d", n)
		}
		if n := servertest.Count[store.UserUserGroup](t, p.Server, store.Columns{"id_user": id, "id_user_group": 3}); n != 0 {
			t.Errorf("the group that goes: got %d", n)
		}
		p.send(t, path, "siteadmin", user(object{"id_user": id, "user_password": "Another-one-2", "user_enabled": true}))
		if a := p.Get(t, path+"?self=1", servertest.Basic("Zoé", "Another-one-2")); a.Status != 200 {
			t.Errorf("the new password: got %d", a.Status)
		}

		everything := object{"user_firstname": "x", "user_notes": "n", "user_email": "noaccess@opentera.org", "user_enabled": true}
		p.refuse(t, []refusal{
			{"no user", "admin", "", path, object{"id_user": 0}, 400},
			{"no id", "admin", "", path, user(object{}), 400},
			{"id of a wrong type", "admin", "", path, user(object{"id_user": "4"}), 400},
			{"a huge id", "admin", "", path, user(object{"id_user": 1 << 40}), 400},
			{"unknown user", "admin", "", path, user(object{"id_user": 999}), 400},
			{"missing fields", "admin", "", path, user(object{"id_user": 0, "user_username": "x"}), 400},
			{"no password", "admin", "", path, newUser("x", object{"user_password": nil}), 400},
			{"weak password", "admin", "", path, newUser("x", object{"user_password": "weak"}), 400},
			{"password of a wrong type", "admin", "", path, newUser("x", object{"user_password": 12345}), 400},
			{"enabled of a wrong type", "admin", "", path, newUser("x", object{"user_enabled": "perhaps"}), 400},
			{"username taken", "admin", "", path, newUser("user4", nil), 409},
			{"username changed", "admin", "", path, user(object{"id_user": 3, "user_username": "x"}), 400},
			{"unknown key", "admin", "", path, user(object{"id_user": 3, "sites": []int{1}}), 500},
			{"unknown group", "admin", "", path, newUser("x", object{"user_user_groups": groupList(999)}), 403},
			{"groups of a wrong type", "admin", "", path, newUser("x", object{"user_user_groups": "1"}), 400},

			{"created without group", "siteadmin", "", path, newUser("x", nil), 403},
			{"created with no group", "siteadmin", "", path, newUser("x", object{"user_user_groups": []int{}}), 403},
			{"created by a user", "user", "", path, newUser("x", object{"user_user_groups": []int{}}), 403},
			{"created in another site's group", "siteadmin", "", path, newUser("x", object{"user_user_groups": groupList(1, 6)}), 403},
			{"created in a group of two sites", "siteadmin", "", path, newUser("x", object{"user_user_groups": groupList(7)}), 403},
			{"created in a group with a service's role admin", "siteadmin", "", path, newUser("x", object{"user_user_groups": groupList(4)}), 403},
			{"created in the site's group by a project's admin", "user3", "", path, newUser("x", object{"user_user_groups": groupList(3)}), 403},
			{"oneself into another site's group", "siteadmin", "", path, user(object{"id_user": 2, "user_user_groups": groupList(3, 6)}), 403},
			{"oneself into a service's group", "siteadmin", "", path, user(object{"id_user": 2, "user_user_groups": groupList(3, 8)}), 403},
			{"oneself into the site's group", "user3", "", path, user(object{"id_user": 5, "user_user_groups": groupList(2, 3)}), 403},

			// core.md 13.2, 20
			{"super-administrator's password", "siteadmin", "", path, user(object{"id_user": 1, "user_password": "Taken-over-1"}), 403},
			{"super-administrator's name", "siteadmin", "", path, user(object{"id_user": 1, "user_firstname": "x"}), 403},
			{"another site's administrator", "siteadmin", "", path, user(object{"id_user": 7, "user_password": "Taken-over-1"}), 403},
			{"user without site", "siteadmin", "", path, user(object{"id_user": 6, "user_firstname": "x"}), 403},
			{"user of both sites: password", "siteadmin", "", path, user(object{"id_user": 8, "user_password": "Taken-over-1"}), 403},
			{"user of both sites: disabled", "siteadmin2", "", path, user(object{"id_user": 8, "user_enabled": false}), 403},
			{"user of both sites: mail", "siteadmin2", "", path, user(object{"id_user": 8, "user_email": "me@example.org"}), 403},
			{"user of both sites: second factor", "siteadmin2", "", path, user(object{"id_user": 8, "user_2fa_enabled": true}), 403},
			{"user with a service's role admin", "siteadmin", "", path, user(object{"id_user": 4, "user_password": "Taken-over-1"}), 403},
			{"colleague", "user", "", path, user(object{"id_user": 5, "user_firstname": "x"}), 403},
			{"by a project's admin", "user3", "", path, user(object{"id_user": 3, "user_password": "Taken-over-1"}), 403},
			{"by nobody", "user4", "", path, user(object{"id_user": 3, "user_firstname": "x"}), 403},
		})
		p.send(t, path, "siteadmin", user(object{"id_user": 8, "user_firstname": "Shared", "user_enabled": true, "user_email": "", "user_password": ""})) // a form sends everything
		p.send(t, path, "user4", user(object{"id_user": 6, "user_superadmin": true, "user_user_groups": []int{}}))
		if u := servertest.Row[store.User](t, p.Server, 6); u.SuperAdmin {
			t.Error("a user made themselves super-administrator")
		}

		// core.md 13.1, 17: nobody sets their own second factor here, nor ends a forced change of the password
		servertest.Change[store.User](t, p.Server, 6, store.Object{"user_2fa_otp_secret": "ISSUED"})
		everything["id_user"], everything["user_2fa_otp_secret"], everything["user_2fa_enabled"] = 6, "MINE", true
		everything["user_2fa_otp_enabled"], everything["user_2fa_email_enabled"], everything["user_force_password_change"] = true, true, true
		p.send(t, path, "user4", user(everything))
		u := servertest.Row[store.User](t, p.Server, 6)
		if u.TwoFactor || u.TwoFactorOTP || u.TwoFactorEmail || u.ForcePasswordChange || u.TwoFactorSecret != nil && *u.TwoFactorSecret == "MINE" {
			t.Errorf("one's own second factor: got %+v", u)
		}
		if u.FirstName != "x" || u.Notes == nil {
			t.Errorf("one's own name and notes: got %+v", u)
		}
		p.send(t, path, "siteadmin", user(object{"id_user": 3, "user_2fa_enabled": true, "user_2fa_otp_secret": "MINE", "user_force_password_change": true}))
		if u := servertest.Row[store.User](t, p.Server, 3); !u.TwoFactor || !u.ForcePasswordChange || u.TwoFactorSecret != nil {
			t.Errorf("by the site's administrator: got %+v", u)
		}

		// the groups that the caller does not administer stay
		p.send(t, path, "admin", user(object{"id_user": 6, "user_user_groups": groupList(7, 1)}))
		p.send(t, path, "siteadmin", user(object{"id_user": 6, "user_user_groups": groupList(3)}))
		var got []int
		for _, g := range []int{1, 3, 7} {
			if servertest.Count[store.UserUserGroup](t, p.Server, store.Columns{"id_user": 6, "id_user_group": g}) > 0 {
				got = append(got, g)
			}
		}
		if len(got) != 2 || got[0] != 3 || got[1] != 7 {
			t.Errorf("groups after the change by one administrator: got %v, want [3 7]", got)
		}
	})
}

func TestUsersDelete(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		p := startPeople(t, db)
		const path = "/api/user/users"
		p.refuse(t, []refusal{
			{"oneself", "admin", "DELETE", path + "?id=1", nil, 403},
			{"unknown", "admin", "DELETE", path + "?id=999", nil, 400},
			{"no id", "admin", "DELETE", path, nil, 400},
			{"in sessions", "admin", "DELETE", path + "?id=3", nil, 500},
			{"super-administrator", "siteadmin", "DELETE", path + "?id=1", nil, 403},
			{"without group", "siteadmin", "DELETE", path + "?id=6", nil, 403},
			{"of another site", "siteadmin", "DELETE", path + "?id=7", nil, 403},
			{"of a group of both sites", "siteadmin", "DELETE", path + "?id=8", nil, 403},
			{"by a project's admin", "user3", "DELETE", path + "?id=3", nil, 403},
			{"by a user", "user", "DELETE", path + "?id=5", nil, 403},
		})
		create := func(name string, groups ...int) int {
			return int(p.send(t, path, "admin", newUser(name, object{"user_user_groups": groupList(groups...)})).List()[0]["id_user"].(float64))
		}
		for _, tt := range []struct {
			name  string
			id    int
			lives bool
			left  int // groups
		}{
			{"own user", create("own", 1, 3), false, 0},
			{"user of two sites", create("two", 1, 6), true, 1},
			{"user with a service's role admin", create("role", 1, 8), true, 1},
		} {
			a := p.Delete(t, servertest.Query(path, "id", jsonText(tt.id)), p.as(t, "siteadmin"))
			if a.Status != 200 || a.Text != "\"\"\n" {
				t.Errorf("%s: got %d %s", tt.name, a.Status, a.Text)
			}
			_, err := store.Get[store.User](t.Context(), p.Store, tt.id)
			if lives := err == nil; lives != tt.lives {
				t.Errorf("%s: lives %v, want %v", tt.name, lives, tt.lives)
			}
			if n := servertest.Count[store.UserUserGroup](t, p.Server, store.Columns{"id_user": tt.id}); n != tt.left {
				t.Errorf("%s: got %d groups, want %d", tt.name, n, tt.left)
			}
		}
		if a := p.Post(t, path, newUser("own", nil), p.as(t, "admin")); a.Status != 409 {
			t.Errorf("username of a deleted user: got %d, want 409", a.Status)
		}
	})
}

func TestPreferences(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		p := startPeople(t, db)
		const path = "/api/user/users/preferences"
		set := func(o object) object { return object{"user_preference": o} }
		a := p.send(t, path, "user", set(object{"user_preference_app_tag": "app", "user_preference_preference": object{"é": []int{1}}}))
		if o := a.Object(); o["id_user"] != 3.0 || o["user_preference_preference"] != `{"\u00e9":[1]}` {
			t.Errorf("own: got %s", a.Text)
		}
		p.send(t, path, "user", set(object{"user_preference_app_tag": "app", "user_preference_preference": "[2]"}))
		if list := p.Get(t, path+"?app_tag=app", p.as(t, "user")).List(); len(list) != 1 || list[0]["user_preference_preference"] != "[2]" {
			t.Errorf("changed: got %v", list)
		}
		if list := p.Get(t, path+"?id_user=3", p.as(t, "siteadmin")).List(); len(list) != 1 {
			t.Errorf("by the administrator: got %v", list)
		}
		p.refuse(t, []refusal{
			{"nothing", "user", "", path, object{}, 400},
			{"no tag", "user", "", path, set(object{"user_preference_preference": "{}"}), 400},
			{"tag of a wrong type", "user", "", path, set(object{"user_preference_app_tag": 1}), 400},
			{"no JSON", "user", "", path, set(object{"user_preference_app_tag": "app", "user_preference_preference": "{err"}), 400},
			{"a number", "user", "", path, set(object{"user_preference_app_tag": "app", "user_preference_preference": 7}), 400},
			{"a colleague's", "user", "", path, set(object{"id_user": 5, "user_preference_app_tag": "app"}), 403},
			{"another site's", "siteadmin", "", path, set(object{"id_user": 7, "user_preference_app_tag": "app"}), 403},
			{"unknown user's", "admin", "", path, set(object{"id_user": 999, "user_preference_app_tag": "app"}), 403},
			{"nobody's", "admin", "", path, set(object{"id_user": nil, "user_preference_app_tag": "app"}), 400},
		})
		for _, who := range []string{"1", "7", "999"} {
			if a := p.Get(t, path+"?id_user="+who, p.as(t, "siteadmin")); a.Status != 403 {
				t.Errorf("preferences of user %s: got %d, want 403", who, a.Status)
			}
		}
		for range 2 { // there is something, then nothing to remove
			if a := p.send(t, path, "user", set(object{"user_preference_app_tag": "app"})); a.Text != "null\n" {
				t.Errorf("remove: got %q, want null", a.Text)
			}
		}
		if n := servertest.Count[store.UserPreference](t, p.Server, store.Columns{"id_user": 3}); n != 0 {
			t.Errorf("left: %d", n)
		}
	})
}
