package server_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func otpCode(t *testing.T, secret string) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A user with a second factor gets nothing by the password alone: not the API, not a token, not a websocket.
func TestTwoFactor(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	basic := servertest.Basic("user", "user")
	older := s.UserToken(t, "user")
	servertest.Change[store.User](t, s, 3, store.Object{"user_2fa_enabled": true})
	if a := s.Get(t, "/api/user/sites", basic); a.Status != 401 || a.Object()["message"] == nil {
		t.Errorf("basic: got %d %s", a.Status, a.Text)
	}
	if a := s.Get(t, "/api/user/sites", servertest.Token(older)); a.Status != 401 {
		t.Errorf("token from before: got %d, want 401", a.Status)
	}

	login := s.Get(t, "/api/user/login?with_websocket=1", basic)
	if o := login.Object(); o["reason"] != "2fa_setup" || o["user_token"] != nil || o["websocket_url"] != nil {
		t.Fatalf("first login: got %s", login.Text)
	}
	cookie := servertest.Cookies(login)
	if a := s.Get(t, "/api/user/login/2fa?otp_code=123456", cookie); a.Status != 403 {
		t.Errorf("code before enrolment: got %d, want 403", a.Status)
	}
	proposal := s.Get(t, "/api/user/login/setup_2fa", cookie)
	secret, _ := proposal.Object()["otp_secret"].(string)
	picture, _ := proposal.Object()["qr_code"].(string)
	if png, err := base64.StdEncoding.DecodeString(picture); proposal.Status != 200 || len(secret) != 32 || err != nil || len(png) < 100 {
		t.Fatalf("proposal: got %d %.100s", proposal.Status, proposal.Text)
	}
	enrol := func(secret, code string) servertest.Answer {
		return s.Post(t, "/api/user/login/setup_2fa", map[string]any{"otp_secret": secret, "otp_code": code}, cookie)
	}
	if a := enrol(secret, "000000"); a.Status != 401 {
		t.Errorf("enrolment with a wrong code: got %d, want 401", a.Status)
	}
	const other = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	if a := enrol(other, otpCode(t, other)); a.Status != 401 {
		t.Errorf("enrolment with a secret that was not proposed: got %d, want 401", a.Status)
	}
	done := enrol(secret, otpCode(t, secret))
	if done.Status != 200 {
		t.Fatalf("enrolment: got %d %s", done.Status, done.Text)
	}

	login = s.Get(t, "/api/user/login", basic)
	if login.Object()["reason"] != "2fa" || login.Object()["user_token"] != nil {
		t.Fatalf("login: got %s", login.Text)
	}
	cookie = servertest.Cookies(login)
	if a := s.Get(t, "/api/user/login/setup_2fa", cookie); a.Status != 403 {
		t.Errorf("second enrolment: got %d, want 403", a.Status)
	}
	if a := s.Post(t, "/api/user/login/2fa", map[string]any{"otp_code": "000000"}, cookie); a.Status != 401 {
		t.Errorf("wrong code: got %d, want 401", a.Status)
	}
	a := s.Post(t, "/api/user/login/2fa", map[string]any{"otp_code": otpCode(t, secret), "with_websocket": true}, cookie)
	tok, _ := a.Object()["user_token"].(string)
	if a.Status != 200 || tok == "" || a.Object()["websocket_url"] == nil {
		t.Fatalf("right code: got %d %s", a.Status, a.Text)
	}
	if a := s.Get(t, "/api/user/sites", servertest.Token(tok)); a.Status != 200 {
		t.Errorf("token: got %d", a.Status)
	}

	for i, want := range []int{401, 401, 401, 401, 403, 403} {
		if a := s.Get(t, "/api/user/login/2fa?otp_code=000000", cookie); a.Status != want {
			t.Errorf("wrong code %d: got %d, want %d", i+1, a.Status, want)
		}
	}
	if a := s.Get(t, servertest.Query("/api/user/login/2fa", "otp_code", otpCode(t, secret)), cookie); a.Status != 403 {
		t.Errorf("right code after too many wrong ones: got %d, want 403", a.Status)
	}
	if a := s.Get(t, "/api/user/login", basic); a.Status != 403 {
		t.Errorf("login after too many wrong codes: got %d, want 403", a.Status)
	}
}

// Whoever joins a group with a role on a site that requires two factors, or is in a group that gets one, needs the
// second factor from then on (core.md 1.8).
func TestTwoFactorOfGroups(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	storetest.SecondTenant(t, s.Store)
	servertest.Change[store.Site](t, s, 2, store.Object{"site_2fa_required": true}) // of super-administrators too
	const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	servertest.Change[store.User](t, s, 1, store.Object{"user_2fa_otp_enabled": true, "user_2fa_otp_secret": secret})
	cookie := servertest.Cookies(s.Get(t, "/api/user/login", servertest.Basic("admin", "admin")))
	login := s.Post(t, "/api/user/login/2fa", object{"otp_code": otpCode(t, secret)}, cookie)
	tok, _ := login.Object()["user_token"].(string)
	if tok == "" {
		t.Fatalf("login: got %d %s", login.Status, login.Text)
	}
	admin := servertest.Token(tok)
	made := s.Post(t, "/api/user/users", newUser("careful", object{"user_user_groups": groupList(6)}), admin)
	if len(made.List()) != 1 || made.List()[0]["user_2fa_enabled"] != true {
		t.Errorf("a new user: got %d %s", made.Status, made.Text)
	}
	for _, tt := range []struct {
		name, path string
		user       int
		body       object
	}{
		{"groups of a user", "/api/user/users", 2, user(object{"id_user": 2, "user_user_groups": groupList(3, 6)})},
		{"membership", "/api/user/users/usergroups", 6, object{"user_user_group": object{"id_user": 6, "id_user_group": 7}}},
		{"role on the site", "/api/user/siteaccess", 3, object{"site_access": object{"id_user_group": 1, "id_site": 2, "site_access_role": "user"}}},
		{"roles of the group", "/api/user/usergroups", 5, object{"user_group": object{"id_user_group": 2, "user_group_sites_access": []object{{"id_site": 2, "site_access_role": "user"}}}}},
	} {
		if servertest.Row[store.User](t, s, tt.user).TwoFactor {
			t.Errorf("%s: user %d needs a second factor before", tt.name, tt.user)
		}
		if a := s.Post(t, tt.path, tt.body, admin); a.Status != 200 {
			t.Errorf("%s: got %d %s", tt.name, a.Status, a.Text)
		}
		if !servertest.Row[store.User](t, s, tt.user).TwoFactor {
			t.Errorf("%s: user %d needs no second factor after", tt.name, tt.user)
		}
	}
	if u := servertest.Row[store.User](t, s, 4); u.TwoFactor {
		t.Error("a user of the other site needs a second factor")
	}
}
