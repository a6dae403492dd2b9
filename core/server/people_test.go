package server_test

import (
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
