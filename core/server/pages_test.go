package server_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"strings"
	"testing"

	"github.com/gotera/gotera/core/server"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
	"github.com/gotera/gotera/web"
)

// boot reads what the server wrote into a page.
func boot(t *testing.T, page servertest.Answer) map[string]any {
	t.Helper()
	_, rest, ok := strings.Cut(page.Text, `id="boot">`)
	raw, _, ended := strings.Cut(rest, "</script>")
	var o map[string]any
	if !ok || !ended || json.Unmarshal([]byte(raw), &o) != nil {
		t.Fatalf("page without boot data: %d %.300s", page.Status, page.Text)
	}
	return o
}

func TestPages(t *testing.T) {
	if _, err := fs.Stat(web.FS(), "login.html"); err != nil {
		t.Skip("the pages are not built: make build")
	}
	s := servertest.Start(t, storetest.SQLite(t))
	for _, path := range []string{"/login", "/about", "/doc"} {
		page := s.Get(t, path)
		policy := page.Header.Get("Content-Security-Policy")
		if page.Status != 200 || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'self'") || strings.Contains(policy, "unsafe-eval") {
			t.Errorf("%s: got %d with the policy %q", path, page.Status, policy)
		}
		if page.Header.Get("Cache-Control") != "no-store" || len(page.Cookies) != 0 {
			t.Errorf("%s: got %v and %d cookies, want neither kept", path, page.Header, len(page.Cookies))
		}
		if a := s.Do(t, http.MethodPost, path, "", ""); a.Status != 405 {
			t.Errorf("POST %s: got %d, want 405", path, a.Status)
		}
		asset := page.Text[strings.Index(page.Text, "./assets/")+1:]
		if a := s.Get(t, asset[:strings.IndexByte(asset, '"')]); a.Status != 200 {
			t.Errorf("asset of %s: got %d", path, a.Status)
		}
	}
	if a := s.Get(t, "/"); a.Status != 404 {
		t.Errorf("/: got %d, want 404", a.Status)
	}
	if o := boot(t, s.Get(t, "/login?no_logo")); o["step"] != "login" || o["noLogo"] != true || o["service"] != false || o["username"] != "" {
		t.Errorf("/login: got %v", o)
	}
	if o := boot(t, s.Get(t, "/login?auth_code=x")); o["service"] != true {
		t.Errorf("/login for a service: got %v", o)
	}
	if o := boot(t, s.Get(t, "/about", servertest.Header("X-ExternalPort", "40099"))); o["address"] != "https://core.example.org:40099" || o["version"] != "OpenTera_v1.3.0" {
		t.Errorf("/about: got %v", o)
	}
	servertest.Change[store.User](t, s, 3, store.Object{"user_2fa_enabled": true})
	cookie := servertest.Cookies(s.Get(t, "/api/user/login", servertest.Basic("user", "user")))
	for path, step := range map[string]string{"/login_change_password": "password", "/login_setup_2fa": "setup", "/login_validate_2fa": "code"} {
		if o := boot(t, s.Get(t, path, cookie)); o["step"] != step || o["username"] != "user" {
			t.Errorf("%s: got %v", path, o)
		}
		page := s.Get(t, path) // the client follows the redirect
		if o := boot(t, page); o["step"] != "login" {
			t.Errorf("%s without a login: got %v, want the login", path, o)
		}
	}
}

// The documentation is there when the configuration says so.
func TestDocumentationSwitch(t *testing.T) {
	off := servertest.Start(t, storetest.SQLite(t))
	on := servertest.Start(t, storetest.SQLite(t), func(c *server.Config) { c.Core.Server.EnableDocs = true })
	for _, path := range []string{"/api/openapi.json", "/api/swagger.json"} {
		if a := off.Get(t, path); a.Status != 404 {
			t.Errorf("%s switched off: got %d, want 404", path, a.Status)
		}
		if a := on.Get(t, path); a.Status != 200 || a.Object()["openapi"] != "3.1.1" {
			t.Errorf("%s switched on: got %d", path, a.Status)
		}
	}
}
