package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestUserLogin(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		a := s.Get(t, "/api/user/login?with_websocket=true", servertest.Basic("admin", "admin"))
		if a.Status != http.StatusOK {
			t.Fatalf("login: got %d %s", a.Status, a.Text)
		}
		o := a.Object()
		if url, _ := o["websocket_url"].(string); !strings.HasPrefix(url, "wss://core.example.org:40075/wss/user?id=") {
			t.Errorf("websocket_url: got %q", url)
		}
		if o["user_fullname"] != "Super Admin" || o["user_uuid"] == "" {
			t.Errorf("answer: got %v", o)
		}
		tok, _ := o["user_token"].(string)
		if got := s.Get(t, "/api/user/users?self=true", servertest.Token(tok)); got.Status != http.StatusOK || len(got.List()) != 1 {
			t.Errorf("use of the token: got %d %s", got.Status, got.Text)
		}
	})
}

// Refusals are in the words and shapes of core.md 3.1.
func TestRefusals(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	const plain, jsonType = "text/html; charset=utf-8", "application/json"
	for _, tt := range []struct {
		name, path  string
		auth        servertest.Auth
		status      int
		contentType string
		body        string
	}{
		{"user nobody", "/api/user/users", servertest.Nobody(), 401, plain, "Unauthorized"},
		{"user bearer", "/api/user/users", servertest.Header("Authorization", "Bearer x"), 401, plain, "Unauthorized"},
		{"user bad token", "/api/user/users", servertest.Token("x.y.z"), 401, plain, "Unauthorized"},
		{"user empty token", "/api/user/users", servertest.Header("Authorization", "OpenTera"), 401, plain, "Unauthorized"},
		{"user wrong password", "/api/user/login", servertest.Basic("admin", "nimda"), 401, plain, "Unauthorized"},
		{"user unknown", "/api/user/login", servertest.Basic("nobody", "nobody"), 401, plain, "Unauthorized"},
		{"login by token", "/api/user/login", servertest.Token(s.UserToken(t, "admin")), 401, plain, "Unauthorized"},
		{"refresh by password", "/api/user/refresh_token", servertest.Basic("admin", "admin"), 401, plain, "Unauthorized"},
		{"participant nobody", "/api/participant/login", servertest.Nobody(), 401, plain, "Unauthorized"},
		{"participant wrong password", "/api/participant/login", servertest.Basic("participant1", "x"), 401, plain, "Unauthorized"},
		{"participant role", "/api/participant/sessions", servertest.Token(s.ParticipantToken(t, 1)), 403, plain, "Unauthorized"},
		{"participant refresh with static", "/api/participant/refresh_token", servertest.Token(s.ParticipantToken(t, 1)), 403, plain, "Unauthorized"},
		{"device nobody", "/api/device/login", servertest.Nobody(), 401, jsonType, "\"Unauthorized\"\n"},
		{"device malformed", "/api/device/login", servertest.Header("Authorization", "OpenTera"), 401, jsonType, "\"Invalid token\"\n"},
		{"device unknown", "/api/device/login", servertest.Token("x"), 401, jsonType, "\"Unauthorized\"\n"},
		{"device disabled", "/api/device/login", s.Device(t, 3), 401, jsonType, "\"Disabled device\"\n"},
		{"device by header", "/api/device/login", servertest.Header("X-Device-Uuid", servertest.Row[store.Device](t, s, 1).UUID), 401, jsonType, "\"Unauthorized\"\n"},
		{"service nobody", "/api/service/sites", servertest.Nobody(), 401, jsonType, "\"Unauthorized\"\n"},
		{"service malformed", "/api/service/sites", servertest.Header("Authorization", "OpenTera"), 401, jsonType, "\"Invalid Token\"\n"},
		{"service bad", "/api/service/sites", servertest.Token("x"), 401, jsonType, "\"Unauthorized\"\n"},
		{"session without cookie", "/api/user/login/2fa?otp_code=1", servertest.Basic("admin", "admin"), 401, jsonType, "\"Unauthorized\"\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := s.Get(t, tt.path, tt.auth)
			if a.Status != tt.status || a.Header.Get("Content-Type") != tt.contentType || a.Text != tt.body {
				t.Errorf("got %d %s %q, want %d %s %q", a.Status, a.Header.Get("Content-Type"), a.Text, tt.status, tt.contentType, tt.body)
			}
			if a.Header.Get("WWW-Authenticate") != "" {
				t.Error("got WWW-Authenticate, want none: browsers show a prompt")
			}
		})
	}
}

// Credentials of one kind open nothing of another.
func TestWrongKind(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	identities := map[string]servertest.Auth{
		"user":        s.User(t, "admin"),
		"participant": servertest.Token(s.ParticipantToken(t, 1)),
		"device":      s.Device(t, 1),
		"service":     s.Service(t, "VideoRehabService"),
	}
	for api, path := range map[string]string{
		"user": "/api/user/sites", "participant": "/api/participant/participants",
		"device": "/api/device/devices", "service": "/api/service/sites",
	} {
		for who, auth := range identities {
			want := http.StatusUnauthorized
			if who == api {
				want = http.StatusOK
			}
			if a := s.Get(t, path, auth); a.Status != want {
				t.Errorf("%s on %s: got %d, want %d", who, path, a.Status, want)
			}
		}
	}
}

func TestLockOut(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	for range 5 {
		if a := s.Get(t, "/api/user/login", servertest.Basic("siteadmin", "wrong")); a.Status != 401 {
			t.Fatalf("wrong password: got %d", a.Status)
		}
	}
	if a := s.Get(t, "/api/user/login", servertest.Basic("siteadmin", "siteadmin")); a.Status != 401 {
		t.Errorf("right password after 5 wrong ones: got %d, want 401", a.Status)
	}
	u := servertest.Row[store.User](t, s, 2)
	if n, err := s.Bus.Get(t.Context(), "UserLoginAttempts."+u.UUID); err != nil || n != "5" {
		t.Errorf("attempts: got %q %v, want 5", n, err)
	}
	if err := s.Bus.Delete(t.Context(), "UserLoginAttempts."+u.UUID); err != nil {
		t.Fatal(err)
	}
	if a := s.Get(t, "/api/user/login", servertest.Basic("siteadmin", "siteadmin")); a.Status != 200 {
		t.Errorf("after the lock: got %d, want 200", a.Status)
	}
}

func TestLogoutAndRefresh(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	tok := s.UserToken(t, "user")
	a := s.Get(t, "/api/user/refresh_token?with_websocket=true", servertest.Token(tok))
	fresh, _ := a.Object()["refresh_token"].(string)
	if a.Status != 200 || fresh == "" || a.Object()["websocket_url"] == nil {
		t.Fatalf("refresh: got %d %s", a.Status, a.Text)
	}
	if a := s.Get(t, "/api/user/sites", servertest.Token(tok)); a.Status != 401 {
		t.Errorf("old token after refresh: got %d, want 401", a.Status)
	}
	if a := s.Get(t, "/api/user/logout", servertest.Token(fresh)); a.Status != 200 {
		t.Errorf("logout: got %d", a.Status)
	}
	if a := s.Get(t, "/api/user/sites", servertest.Token(fresh)); a.Status != 401 {
		t.Errorf("token after logout: got %d, want 401", a.Status)
	}
	if in, err := s.Bus.InSet(t.Context(), "user_disabled_tokens", fresh); err != nil || !in {
		t.Errorf("user_disabled_tokens: got %t %v, want true", in, err)
	}
}

func TestForcedPasswordChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		older := s.UserToken(t, "user2")
		servertest.Change[store.User](t, s, 4, store.Object{"user_force_password_change": true})
		if a := s.Get(t, "/api/user/sites", servertest.Basic("user2", "user2")); a.Status != 401 || a.Object()["message"] == nil {
			t.Errorf("basic on another endpoint: got %d %s", a.Status, a.Text)
		}
		if a := s.Get(t, "/api/user/sites", servertest.Token(older)); a.Status != 401 {
			t.Errorf("token from before: got %d, want 401", a.Status)
		}
		login := s.Get(t, "/api/user/login", servertest.Basic("user2", "user2"))
		if login.Status != 200 || login.Object()["reason"] != "password_change" || login.Object()["user_token"] != nil {
			t.Fatalf("login: got %d %s", login.Status, login.Text)
		}
		change := func(auth servertest.Auth, one, two string) servertest.Answer {
			return s.Post(t, "/api/user/login/change_password", map[string]string{"new_password": one, "confirm_password": two}, auth)
		}
		cookie := servertest.Cookies(login)
		if a := change(servertest.Nobody(), "Abcdefgh-1!", "Abcdefgh-1!"); a.Status != 401 {
			t.Errorf("without the cookie: got %d", a.Status)
		}
		if a := change(cookie, "Abcdefgh-1!", "other"); a.Status != 400 {
			t.Errorf("mismatch: got %d", a.Status)
		}
		if a := change(cookie, "short", "short"); a.Status != 400 || !strings.Contains(a.Text, "<br>") {
			t.Errorf("weak: got %d %s", a.Status, a.Text)
		}
		done := change(cookie, "Abcdefgh-1!", "Abcdefgh-1!")
		if done.Status != 200 {
			t.Fatalf("change: got %d %s", done.Status, done.Text)
		}
		if a := change(servertest.Cookies(done), "Abcdefgh-2!", "Abcdefgh-2!"); a.Status != 400 {
			t.Errorf("second change: got %d %s, want 400", a.Status, a.Text)
		}
		if a := change(cookie, "Abcdefgh-2!", "Abcdefgh-2!"); a.Status != 401 {
			t.Errorf("cookie from before the change: got %d, want 401", a.Status)
		}
		if a := s.Get(t, "/api/user/login", servertest.Basic("user2", "Abcdefgh-1!")); a.Status != 200 || a.Object()["user_token"] == nil {
			t.Errorf("login with the new password: got %d %s", a.Status, a.Text)
		}
	})
}

// A cookie signed with something that clients can know opens nothing (core.md 13.1, 1).
func TestForgedCookie(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	forged := servertest.Header("Cookie", `session=eyJ1c2VyIjoiYSJ9.AAAA`)
	if a := s.Post(t, "/api/user/login/change_password", map[string]string{"new_password": "a", "confirm_password": "a"}, forged); a.Status != 401 {
		t.Errorf("got %d, want 401", a.Status)
	}
}

func TestClientVersion(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	err := s.Store.Write(t.Context(), func(tx *store.Tx) error {
		return tx.SetSetting(t.Context(), store.SettingServerVersions,
			`{"clients": {"OpenTeraPlus": {"client_name": "OpenTeraPlus", "client_version": "1.2.3"}}}`)
	})
	if err != nil {
		t.Fatal(err)
	}
	login := func(version string) servertest.Answer {
		return s.Get(t, "/api/user/login", servertest.Basic("admin", "admin"),
			servertest.Header("X-Client-Name", "OpenTeraPlus"), servertest.Header("X-Client-Version", version))
	}
	if a := login("1.2.3"); a.Status != 200 || a.Object()["version_latest"] == nil || a.Object()["version_error"] != nil {
		t.Errorf("same version: got %d %s", a.Status, a.Text)
	}
	if a := login("1.0.0"); a.Status != 200 || a.Object()["version_error"] == nil {
		t.Errorf("another minor version: got %d %s", a.Status, a.Text)
	}
	if a := login("2.0.0"); a.Status != 426 || a.Object()["current_version"] == nil {
		t.Errorf("another major version: got %d %s", a.Status, a.Text)
	}
}

// A program that sends HTTP Basic with every request, many at once, is not locked out; many wrong passwords at once are
// not more attempts than one after the other.
func TestPasswordsAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		statuses := func(password string) map[int]int {
			const requests = 12
			found := make(chan int, requests)
			for range requests {
				go func() { found <- s.Get(t, "/api/user/users?self=true", servertest.Basic("user", password)).Status }()
			}
			count := map[int]int{}
			for range requests {
				count[<-found]++
			}
			return count
		}
		if got := statuses("user"); got[200] != 12 {
			t.Errorf("the right password, 12 at once: got %v, want 200 each", got)
		}
		if got := statuses("wrong"); got[401] != 12 {
			t.Errorf("a wrong password, 12 at once: got %v, want 401 each", got)
		}
		if v, err := s.Bus.Get(t.Context(), "UserLoginAttempts."+servertest.Row[store.User](t, s, 3).UUID); err != nil || v != "5" {
			t.Errorf("12 wrong passwords are counted as %s, %v, want 5 and then locked", v, err)
		}
		if a := s.Get(t, "/api/user/users?self=true", servertest.Basic("user", "user")); a.Status != 401 {
			t.Errorf("locked: got %d, want 401", a.Status)
		}
	})
}
