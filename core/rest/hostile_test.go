package rest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/rest"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// hostile are texts that no client means, for every argument of every operation.
var hostile = []string{
	"", "0", "-1", "x", "987654", "2147483648", "99999999999999999999", "1.5", "' OR '1'='1", "1); DROP TABLE t_users; --",
	"\x00", "\xff\xfe", "null", "[1]", strings.Repeat("9", 5000), "../../etc/passwd", "2024-02-30", "%00", "𝕏\u202e",
}

// hostileJSON are values for every field of every body.
var hostileJSON = []string{
	`null`, `""`, `"x"`, `-1`, `0`, `987654`, `2147483648`, `1e300`, `1.5`, `true`, `[]`, `{}`, `[[]]`, `[null]`, `{"id": 1}`,
	`"' OR '1'='1"`, `"2024-02-30T25:00:00"`, `"\ud800"`, `[987654]`, `[{"id_site": 987654}, {"id_project": -1}, 5]`,
}

// skipped are operations that end a session or a connection of the caller: their arguments are few and tested elsewhere.
var skipped = map[string]bool{
	"/api/user/logout": true, "/api/participant/logout": true, "/api/device/logout": true, "/api/user/refresh_token": true,
	"/api/participant/refresh_token": true, "/api/user/login": true, "/api/user/login/2fa": true, "/api/user/login/setup_2fa": true,
	"/api/user/login/change_password": true, "/api/device/register": true, "/api/test/database/reset": true,
}

// victim is a running core and the state of its database.
type victim struct {
	*servertest.Server
	state func() string
	auths map[string]servertest.Auth // by the API's name
}

func startVictim(t *testing.T, db configs.Database) victim {
	t.Helper()
	s := servertest.Start(t, db)
	a := s.Get(t, "/api/participant/login", servertest.Basic("participant1", "opentera"))
	token, _ := a.Object()["participant_token"].(string)
	return victim{Server: s, state: storetest.State(t, db), auths: map[string]servertest.Auth{
		"user": s.User(t, "admin"), "participant": servertest.Token(token), "device": s.Device(t, 1), "service": s.Service(t, "VideoRehabService"),
	}}
}

func (v victim) auth(path string) servertest.Auth {
	api, _, _ := strings.Cut(strings.TrimPrefix(path, "/api/"), "/")
	return v.auths[api]
}

// check sends a request and finds fault with the answer: a server's failure that OpenTera does not have either, or a
// refusal that changed something.
func (v victim) check(t *testing.T, method, target, body string, before *string) {
	t.Helper()
	contentType := ""
	if body != "" {
		contentType = "application/json"
	}
	a := v.Do(t, method, target, contentType, body, v.auth(target))
	what := fmt.Sprintf("%s %.200s %.300s", method, target, body)
	if a.Status == http.StatusUnauthorized { // an earlier request locked the caller out: nothing is tried any more
		t.Fatalf("%s: got 401 %.200s", what, a.Text)
	}
	if _, text := a.JSON.(string); a.Status >= 500 && a.Status != http.StatusNotImplemented && (a.Status != 500 || !text) {
		t.Errorf("%s: got %d %.200s", what, a.Status, a.Text)
	}
	if method == http.MethodGet {
		if strings.HasSuffix(strings.Split(target, "?")[0], "/login") {
			*before = v.state() // when a device was last online
		}
		return
	}
	after := v.state()
	if a.Status >= 400 && after != *before {
		t.Errorf("%s: answered %d %.100s, but changed the database:\n%s", what, a.Status, a.Text, changes(*before, after))
	}
	*before = after
}

func changes(before, after string) string {
	b, a := strings.Split(before, "\n"), strings.Split(after, "\n")
	var lines []string
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			lines = append(lines, b[i]+" -> "+a[i])
		}
	}
	return strings.Join(lines, "\n")
}

// Every argument of every operation is tried with what no client means: the answer is never a failure of the server's own,
// and a refusal changes nothing.
func TestHostileArguments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		v := startVictim(t, db)
		before := v.state()
		for _, o := range rest.Operations() {
			if skipped[o.Path] || o.Method == http.MethodPost {
				continue
			}
			v.check(t, o.Method, o.Path, "", &before)
			v.check(t, o.Method, o.Path+"?no_such_argument=1", "", &before)
			for i, name := range o.Arguments {
				for n, value := range hostile {
					if db.Type == "sqlite" && (i+n)%4 != 0 { // the parser is the same; PostgreSQL is the stricter engine
						continue
					}
					v.check(t, o.Method, o.Path+"?"+url.QueryEscape(name)+"="+url.QueryEscape(value), "", &before)
				}
			}
		}
	})
}

// Every field of every body is tried likewise, in a new row, in a row that exists and in one that does not.
func TestHostileBodies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		v := startVictim(t, db)
		before := v.state()
		for _, o := range rest.Operations() {
			if skipped[o.Path] || o.Method != http.MethodPost || o.Body == "" {
				continue
			}
			for _, value := range hostileJSON {
				v.check(t, o.Method, o.Path, fmt.Sprintf(`{%q: %s}`, o.Body, value), &before)
			}
			for field := range others[o.Body] {
				for _, value := range hostileJSON {
					fields := maps.Clone(others[o.Body])
					fields[field] = json.RawMessage(value)
					raw, err := json.Marshal(map[string]any{o.Body: fields})
					if err != nil {
						t.Fatal(err)
					}
					v.check(t, o.Method, o.Path, string(raw), &before)
				}
			}
			for i, field := range fieldsOf(o.Body) {
				for n, value := range hostileJSON {
					if db.Type == "sqlite" && (i+n)%4 != 0 {
						continue
					}
					for _, id := range []string{"0", "2", "987654"} { // 2 is nobody who asks here
						if field == "id_"+o.Body {
							id = value
						}
						if field == "site_2fa_required" && id == "2" && value == "true" {
							continue // sound, and asks the caller for a second factor
						}
						v.check(t, o.Method, o.Path, fmt.Sprintf(`{%q: {"id_%s": %s, %q: %s}}`, o.Body, o.Body, id, field, value), &before)
						if field == "id_"+o.Body {
							break
						}
					}
				}
			}
		}
	})
}

// others are bodies that are no model: sound ones, of which each field is spoilt in turn.
var others = map[string]map[string]any{
	"site_access":    {"id_user_group": 2, "id_site": 1, "site_access_role": "user", "id_service_role": 14},
	"project_access": {"id_user_group": 2, "id_project": 1, "project_access_role": "user", "id_service_role": 18},
	"group":          {"id_participant_group": 2, "id_project": 2, "participant_group_name": "x"},
	"ClientVersions": {"client_name": "x", "client_version": "1.0.0", "client_description": "x", "client_documentation_url": "x"},
	"service_session_type": {
		"session_type": map[string]any{"id_session_type": 1}, "id_sites": []int{1}, "id_projects": []int{1}, "id_participants": []int{1},
	},
}

// fieldsOf lists what a body of that name may hold: the model's columns and the lists that operations take beside them.
func fieldsOf(body string) []string {
	fields := []string{"id_" + body}
	for _, f := range store.Describe(body) {
		if f.Name != "id_"+body {
			fields = append(fields, f.Name)
		}
	}
	return append(fields, map[string][]string{
		"user":           {"user_user_groups"},
		"user_group":     {"user_group_sites_access", "user_group_projects_access", "user_group_services_access"},
		"device":         {"device_projects", "device_sites"},
		"project":        {"sessiontypes"},
		"service":        {"roles"},
		"session":        {"session_participants_ids", "session_users_ids", "session_devices_ids", "session_participants_uuids", "session_participants"},
		"session_type":   {"session_type_sites", "session_type_projects", "session_type_services"},
		"test_type":      {"test_type_sites", "test_type_projects"},
		"asset":          {"participant_uuid", "user_uuid", "device_uuid"},
		"test":           {"participant_uuid", "user_uuid", "device_uuid", "session_uuid", "test_type_uuid"},
		"service_config": {"service_key", "id_specific"},
	}[body]...)
}

// nobodys are the operations that answer somebody without any right, and what they tell.
var nobodys = map[string]string{
	"/api/user/users":             "oneself",
	"/api/user/users/preferences": "one's own",
	"/api/user/users/usergroups":  "one's own",
	"/api/user/services/configs":  "one's own",
	"/api/user/devicetypes":       "the kinds of devices, for everybody",
	"/api/user/devicesubtypes":    "the kinds of devices, for everybody",
	"/api/user/versions":          "the server's versions",
	"/api/user/server/settings":   "the server's identity",
	"/api/user/forms":             "forms, whose lists are empty",
	"/api/user/stats":             "figures on oneself",
	"/api/service/services":       "where services are",
	"/api/service/auth/code":      "a new code",
	"/api/service/access":         "who may see whom, as services must know",
	"/api/service/roles":          "its own",
}

// A user without any group, and a service without any project, get nothing at whatever id they try, and change nothing.
func TestNobodySeesAnything(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		v := startVictim(t, db)
		v.auths["user"], v.auths["service"] = v.User(t, "user4"), v.Service(t, "EmailService")
		for _, o := range rest.Operations() {
			if skipped[o.Path] || !strings.HasPrefix(o.Path, "/api/user/") && !strings.HasPrefix(o.Path, "/api/service/") {
				continue
			}
			switch o.Method {
			case http.MethodGet:
				v.seesNothing(t, o)
			case http.MethodDelete:
				if nobodys[o.Path] != "" {
					continue
				}
				before := v.state()
				for id := range 10 {
					for _, name := range o.Arguments {
						v.Do(t, o.Method, fmt.Sprintf("%s?%s=%d", o.Path, name, id), "", "", v.auth(o.Path))
					}
				}
				if after := v.state(); after != before {
					t.Errorf("DELETE %s changed the database:\n%s", o.Path, changes(before, after))
				}
			}
		}
	})
}

func (v victim) seesNothing(t *testing.T, o rest.Operation) {
	t.Helper()
	if nobodys[o.Path] != "" {
		return
	}
	targets := []string{o.Path, o.Path + "?list=true"}
	for _, name := range o.Integers {
		if name == "limit" || name == "offset" || name == "status" {
			continue
		}
		for id := range 9 {
			targets = append(targets, fmt.Sprintf("%s?%s=%d", o.Path, name, id))
		}
	}
	for _, target := range targets {
		a := v.Get(t, target, v.auth(o.Path))
		if a.Status != http.StatusOK {
			continue
		}
		if !empty(a.JSON) {
			t.Errorf("GET %s tells somebody without rights: %.300s", target, a.Text)
		}
	}
}

// empty reports whether an answer tells nothing: no list with something in it, no text, no number but zero.
func empty(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) == 0
	case map[string]any:
		for _, item := range v {
			if !empty(item) {
				return false
			}
		}
		return true
	case float64:
		return v == 0
	case string:
		return v == ""
	}
	return true
}

// A body that is not JSON, or holds a key twice, is refused by every operation that takes one, and changes nothing.
func TestHostileDocuments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		v := startVictim(t, db)
		before := v.state()
		for _, o := range rest.Operations() {
			if skipped[o.Path] || o.Method != http.MethodPost || o.Body == "" {
				continue
			}
			key, _ := json.Marshal(o.Body)
			for _, body := range []string{
				`{`, `[]`, `7`, `null`, `{"other": {}}`, `{"a": "` + "\xff" + `"}`, `{"a": "\u0000"}`,
				strings.Repeat(`{"a":`, 200) + `1` + strings.Repeat(`}`, 200), fmt.Sprintf(`{%s: {"x": 1, "x": 2}}`, key),
				fmt.Sprintf(`{%s: {}, %s: {}}`, key, key), fmt.Sprintf(`{%s: {}} x`, key),
			} {
				a := v.Do(t, o.Method, o.Path, "application/json", body, v.auth(o.Path))
				if o.Path == "/api/user/versions" && a.Status == http.StatusOK { // answers with what is
					continue
				}
				if a.Status != http.StatusBadRequest && a.Status != http.StatusForbidden && a.Status != http.StatusNotImplemented {
					t.Errorf("POST %s %.60s: got %d %.200s, want 400", o.Path, body, a.Status, a.Text)
				}
			}
			if a := v.Do(t, o.Method, o.Path, "text/plain", `{}`, v.auth(o.Path)); a.Status != 415 && a.Status != 501 && a.Status != 400 && a.Status != 403 {
				t.Errorf("POST %s as text: got %d %.200s, want 415", o.Path, a.Status, a.Text)
			}
			if after := v.state(); after != before {
				t.Errorf("POST %s changed the database:\n%s", o.Path, changes(before, after))
				before = after
			}
		}
	})
}
