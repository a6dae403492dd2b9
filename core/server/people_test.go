package server_test

import (
	"strings"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store/storetest"
)

// object is a JSON body.
type object = map[string]any

// refusal is a request that must fail, and leave everything as it was.
type refusal struct {
	name   string
	as     string // a user
	method string // POST by default
	path   string
	body   any
	want   int
}

// people is a core with two tenants and what refused requests need.
type people struct {
	*servertest.Server
	auth  map[string]servertest.Auth
	state func() string
}

func startPeople(t *testing.T, db configs.Database) *people {
	t.Helper()
	p := &people{Server: servertest.Start(t, db), auth: map[string]servertest.Auth{}, state: storetest.State(t, db)}
	storetest.SecondTenant(t, p.Store)
	for _, u := range []string{"siteadmin2", "shared", "logger"} {
		a := p.Get(t, "/api/user/login", servertest.Basic(u, storetest.Password))
		token, _ := a.Object()["user_token"].(string)
		p.auth[u] = servertest.Token(token)
	}
	return p
}

// as are the credentials of a user, "service:<key>" is a service.
func (p *people) as(t *testing.T, who string) servertest.Auth {
	t.Helper()
	if p.auth[who] == nil {
		if key := who; len(key) > 8 && key[:8] == "service:" {
			p.auth[who] = p.Service(t, key[8:])
		} else {
			p.auth[who] = p.User(t, who)
		}
	}
	return p.auth[who]
}

func (p *people) refuse(t *testing.T, attempts []refusal) {
	t.Helper()
	for _, tt := range attempts {
		p.as(t, tt.as) // a login writes
	}
	before := p.state()
	for _, tt := range attempts {
		var a servertest.Answer
		if tt.method == "DELETE" {
			a = p.Delete(t, tt.path, p.as(t, tt.as))
		} else {
			a = p.Post(t, tt.path, tt.body, p.as(t, tt.as))
		}
		if a.Status != tt.want {
			t.Errorf("%s as %s: got %d %s, want %d", tt.name, tt.as, a.Status, a.Text, tt.want)
		}
		if now := p.state(); now != before {
			t.Errorf("%s as %s: something was written", tt.name, tt.as)
			before = now
		}
	}
}

// send posts what must succeed.
func (p *people) send(t *testing.T, path, as string, body any) servertest.Answer {
	t.Helper()
	a := p.Post(t, path, body, p.as(t, as))
	if a.Status != 200 {
		t.Errorf("%s as %s of %v: got %d %s, want 200", path, as, body, a.Status, a.Text)
	}
	return a
}

// listing is how many objects a user sees.
type listing struct {
	as, query string
	want      int
}

func (p *people) lists(t *testing.T, path string, listings []listing) {
	t.Helper()
	for _, tt := range listings {
		a := p.Get(t, path+tt.query, p.as(t, tt.as))
		if n := len(a.List()); a.Status != 200 || n != tt.want {
			t.Errorf("%s%s as %s: got %d, %d objects %s, want %d", path, tt.query, tt.as, a.Status, n, a.Text, tt.want)
		}
	}
}

// TestPeopleBadArguments: whatever the arguments and bodies hold, the answer is no 500 and nothing is written.
func TestPeopleBadArguments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		p := startPeople(t, db)
		admin, service := p.as(t, "admin"), p.as(t, "service:VideoRehabService")
		before := p.state()
		check := func(what string, a servertest.Answer) {
			if a.Status >= 500 {
				t.Errorf("%s: got %d %s", what, a.Status, a.Text)
			}
		}
		for path, names := range map[string][]string{
			"/api/user/users":             {"id", "id_user", "id_project", "id_user_group", "user_uuid", "username"},
			"/api/user/users/preferences": {"id_user", "app_tag"},
			"/api/user/users/usergroups":  {"id_user", "id_user_group"},
			"/api/user/usergroups":        {"id_user", "id_user_group", "id_site"},
			"/api/user/siteaccess":        {"id_user", "id_user_group", "id_site"},
			"/api/user/projectaccess":     {"id_user", "id_user_group", "id_project"},
			"/api/user/services/access":   {"id_user", "id_user_group", "id_participant_group", "id_device", "id_service"},
			"/api/service/usergroups":     {"id_user_group", "id_site", "id_project"},
			"/api/service/serviceaccess":  {"id_user_group"},
			"/api/service/users":          {"id_user", "user_uuid"},
			"/api/service/users/access":   {"uuid_user", "id_site", "id_project"},
			"/api/service/access":         {"from_user_uuid", "from_participant_uuid", "from_device_uuid"},
			"/api/user/users/online":      {"x"},
		} {
			auth := admin
			if strings.HasPrefix(path, "/api/service/") {
				auth = service
			}
			for _, name := range names {
				for _, v := range []string{"-1", "0", "99999999999", "9223372036854775807", "99999999999999999999", "1.5", "x' OR 1=1 --", "\x00", "\xff"} {
					q := servertest.Query(path, name, v, "by_users", "1", "with_empty", "1")
					check("GET "+q, p.Get(t, q, auth))
				}
			}
			for _, v := range []string{"", "-1", "0", "99999999999", "9223372036854775807", "x"} {
				q := servertest.Query(path, "id", v)
				check("DELETE "+q, p.Delete(t, q, auth))
			}
		}
		for path, key := range map[string]string{
			"/api/user/users": "user", "/api/user/users/preferences": "user_preference", "/api/user/users/usergroups": "user_user_group",
			"/api/user/usergroups": "user_group", "/api/user/siteaccess": "site_access", "/api/user/projectaccess": "project_access",
			"/api/user/services/access": "service_access", "/api/service/usergroups": "user_group", "/api/service/serviceaccess": "service_access",
		} {
			auth := admin
			if strings.HasPrefix(path, "/api/service/") {
				auth = service
			}
			ids := []string{"id_user", "id_user_group", "id_site", "id_project", "id_service_access", "id_service_role", "id_device", "id_participant_group"}
			for _, v := range []any{nil, "", "x", -1, 1 << 40, 1.5, true, []int{1}, object{"a": 1}} {
				check(path, p.Post(t, path, object{key: v}, auth))
				check(path, p.Post(t, path, object{key: []any{v}}, auth))
				for _, id := range ids {
					o := object{"id_user": 999, "id_user_group": 999, "id_site": 1, "id_project": 1, "id_service_access": 0, "site_access_role": "user",
						"project_access_role": "user", "user_preference_app_tag": "x", "user_user_groups": v, "user_group_sites_access": v,
						"user_group_projects_access": v, "user_group_services_access": v}
					o[id] = v
					check(path+" "+id, p.Post(t, path, object{key: o}, auth))
				}
			}
		}
		if p.state() != before {
			t.Error("something was written")
		}
	})
}
