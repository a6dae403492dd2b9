package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
)

// attempt is a request and the status that it must get. A body is posted; without one the path is asked for, or deleted.
type attempt struct {
	name string
	as   string // a user; a service when it ends in "Service"
	path string
	body any
	del  bool
	want int
	text string // is in the answer
}

// accounts are the credentials of users and services by name, each logged in once.
type accounts map[string]servertest.Auth

func (a accounts) of(t *testing.T, s *servertest.Server, name string) servertest.Auth {
	t.Helper()
	if a[name] == nil {
		if strings.HasSuffix(name, "Service") {
			a[name] = s.Service(t, name)
		} else {
			a[name] = s.User(t, name)
		}
	}
	return a[name]
}

func (a accounts) try(t *testing.T, s *servertest.Server, tt attempt) servertest.Answer {
	t.Helper()
	var got servertest.Answer
	switch auth := a.of(t, s, tt.as); {
	case tt.body != nil:
		got = s.Post(t, tt.path, tt.body, auth)
	case tt.del:
		got = s.Delete(t, tt.path, auth)
	default:
		got = s.Get(t, tt.path, auth)
	}
	if got.Status != tt.want || !strings.Contains(got.Text, tt.text) {
		t.Errorf("%s as %s: got %d %.200s, want %d %s", tt.name, tt.as, got.Status, got.Text, tt.want, tt.text)
	}
	return got
}

// refused makes the attempts, none of which may succeed or change what dump shows.
func (a accounts) refused(t *testing.T, s *servertest.Server, dump func() string, attempts []attempt) {
	t.Helper()
	before := dump()
	for _, tt := range attempts {
		if tt.want == http.StatusOK {
			t.Fatalf("%s: 200 is no refusal", tt.name)
		}
		a.try(t, s, tt)
		if after := dump(); after != before {
			t.Fatalf("%s as %s: got a change, want none:\n%s\n%s", tt.name, tt.as, before, after)
		}
	}
}

// dump is the JSON of every live row of T.
func dump[T any](t *testing.T, s *servertest.Server) string {
	t.Helper()
	rows, err := store.Accessible[T](t.Context(), s.Store, store.Everything())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
