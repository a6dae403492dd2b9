package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// askCode plays the service: it asks for a code.
func askCode(t *testing.T, s *servertest.Server, endpoint string) string {
	t.Helper()
	a := s.Get(t, servertest.Query("/api/service/auth/code", "endpoint_url", endpoint), s.Service(t, "FileTransferService"))
	code, _ := a.Object()["auth_code"].(string)
	if a.Status != 200 || len(code) != 43 {
		t.Fatalf("code: got %d %s", a.Status, a.Text)
	}
	return code
}

// sent plays the browser that a service sends to /login.
func sent(t *testing.T, s *servertest.Server, code string) servertest.Auth {
	t.Helper()
	page := s.Get(t, servertest.Query("/login", "auth_code", code))
	if len(page.Cookies) != 1 {
		t.Fatalf("/login?auth_code set %d cookies, want 1", len(page.Cookies))
	}
	return servertest.Cookies(page)
}

// codeOf is the code with which a login sends the browser back to FileTransfer's /upload.
func codeOf(t *testing.T, a servertest.Answer) string {
	t.Helper()
	to, _ := a.Object()["redirect_url"].(string)
	code, ok := strings.CutPrefix(to, "/file/upload/?auth_code=")
	if a.Status != 200 || !ok || len(code) != 43 {
		t.Fatalf("end of the login: got %d %s", a.Status, a.Text)
	}
	return code
}

// whoLoggedIn plays the service again: it reads what the core left under the code.
func whoLoggedIn(t *testing.T, s *servertest.Server, code string) map[string]any {
	t.Helper()
	raw, err := s.Bus.Get(t.Context(), "service_auth_code_"+code)
	if err != nil {
		t.Fatal(err)
	}
	var kept struct {
		Service  string         `json:"service_uuid"`
		Endpoint string         `json:"endpoint_url"`
		User     map[string]any `json:"user_data"`
	}
	if err := json.Unmarshal([]byte(raw), &kept); err != nil || kept.Service == "" || kept.Endpoint == "" {
		t.Fatalf("under the code: got %s", raw)
	}
	return kept.User
}

func TestServiceAuthCode(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		code := askCode(t, s, "/upload")
		if who := whoLoggedIn(t, s, code); who != nil {
			t.Errorf("user data before the login: got %v", who)
		}
		browser := sent(t, s, code)
		if a := s.Get(t, "/api/user/login", browser, servertest.Basic("admin", "wrong")); a.Status != 401 {
			t.Errorf("wrong password: got %d", a.Status)
		}
		a := s.Get(t, "/api/user/login", browser, servertest.Basic("admin", "admin"))
		if len(a.Object()) != 1 {
			t.Fatalf("login: got %d %s", a.Status, a.Text)
		}
		final := codeOf(t, a)
		who := whoLoggedIn(t, s, final)
		tok, _ := who["user_token"].(string)
		if who["user_uuid"] != servertest.Row[store.User](t, s, 1).UUID || who["user_fullname"] != "Super Admin" {
			t.Errorf("user data: got %v", who)
		}
		if a := s.Get(t, "/api/user/sites", servertest.Token(tok)); a.Status != 200 {
			t.Errorf("the service's use of the token: got %d", a.Status)
		}
		if a := s.Get(t, "/api/user/login", browser, servertest.Basic("siteadmin", "siteadmin")); a.Status != 403 {
			t.Errorf("somebody else with a used code: got %d %s, want 403", a.Status, a.Text)
		}
		if again := whoLoggedIn(t, s, final); again["user_uuid"] != who["user_uuid"] {
			t.Error("a used code was given to somebody else")
		}
		// Without the cookie nothing is different from any login.
		if a := s.Get(t, "/api/user/login", servertest.Basic("admin", "admin")); a.Object()["user_token"] == nil {
			t.Errorf("login without a code: got %s", a.Text)
		}
	})
}

// The code stays with the login through its further steps.
func TestServiceAuthCodeThroughAllSteps(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	servertest.Change[store.User](t, s, 3, store.Object{"user_2fa_enabled": true, "user_force_password_change": true})
	code := askCode(t, s, "/upload")
	browser := sent(t, s, code)
	const password = "Abcdefgh-1!"
	login := s.Get(t, "/api/user/login", browser, servertest.Basic("user", "user"))
	if login.Object()["reason"] != "password_change" {
		t.Fatalf("login: got %s", login.Text)
	}
	changed := s.Post(t, "/api/user/login/change_password", map[string]string{"new_password": password, "confirm_password": password}, servertest.Cookies(login))
	if changed.Status != 200 {
		t.Fatalf("change: got %d %s", changed.Status, changed.Text)
	}
	login = s.Get(t, "/api/user/login", servertest.Cookies(changed), servertest.Basic("user", password))
	if login.Object()["reason"] != "2fa_setup" {
		t.Fatalf("second login: got %s", login.Text)
	}
	secret, _ := s.Get(t, "/api/user/login/setup_2fa", servertest.Cookies(login)).Object()["otp_secret"].(string)
	enrolled := s.Post(t, "/api/user/login/setup_2fa", map[string]any{"otp_secret": secret, "otp_code": otpCode(t, secret)}, servertest.Cookies(login))
	if enrolled.Status != 200 {
		t.Fatalf("enrolment: got %d %s", enrolled.Status, enrolled.Text)
	}
	a := s.Post(t, "/api/user/login/2fa", map[string]any{"otp_code": otpCode(t, secret)}, servertest.Cookies(enrolled))
	if a.Object()["user_token"] != nil {
		t.Fatalf("code: got %d %s", a.Status, a.Text)
	}
	if who := whoLoggedIn(t, s, codeOf(t, a)); who["user_uuid"] != servertest.Row[store.User](t, s, 3).UUID {
		t.Errorf("user data: got %v", who)
	}
}

func TestServiceAuthCodeRefusals(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	service := s.Service(t, "FileTransferService")
	for name, args := range map[string][]string{
		"no endpoint": nil, "unknown argument": {"endpoint_url", "/x", "id_user", "1"},
		"backslash": {"endpoint_url", `/\evil.example`}, "line": {"endpoint_url", "/a\r\nb"}, "long": {"endpoint_url", strings.Repeat("x", 3000)},
	} {
		if a := s.Get(t, servertest.Query("/api/service/auth/code", args...), service); a.Status != 400 {
			t.Errorf("%s: got %d %s, want 400", name, a.Status, a.Text)
		}
	}
	if a := s.Get(t, "/api/service/auth/code?endpoint_url=/x", s.User(t, "admin")); a.Status != 401 {
		t.Errorf("by a user: got %d, want 401", a.Status)
	}

	basic := servertest.Basic("admin", "admin")
	for name, code := range map[string]string{"unknown": "x", "path": "../UserTokenAPIKey", "long": strings.Repeat("x", 1000)} {
		a := s.Get(t, "/api/user/login", sent(t, s, code), basic)
		if a.Status != 403 || a.Text != "\"Invalid authentication code\"\n" {
			t.Errorf("%s code: got %d %s, want 403", name, a.Status, a.Text)
		}
	}
	code := askCode(t, s, "/x")
	browser := sent(t, s, code)
	if err := s.Bus.Delete(t.Context(), "service_auth_code_"+code); err != nil { // as after five minutes
		t.Fatal(err)
	}
	a := s.Get(t, "/api/user/login", browser, basic)
	if a.Status != 403 {
		t.Errorf("expired: got %d %s, want 403", a.Status, a.Text)
	}
	if a := s.Get(t, "/api/user/login", servertest.Cookies(a), basic); a.Status != 200 || a.Object()["user_token"] == nil {
		t.Errorf("after the refusal: got %d %s, want a login as any other", a.Status, a.Text)
	}
	code = askCode(t, s, "/x")
	servertest.Change[store.Service](t, s, 3, store.Object{"service_enabled": false})
	if a := s.Get(t, "/api/user/login", sent(t, s, code), basic); a.Status != 400 || a.Object()["user_token"] != nil {
		t.Errorf("disabled service: got %d %s, want 400", a.Status, a.Text)
	}
	// A code alone is not a login.
	if a := s.Get(t, "/api/user/login/setup_2fa", sent(t, s, code)); a.Status != 401 {
		t.Errorf("a further step with a code alone: got %d, want 401", a.Status)
	}
}
