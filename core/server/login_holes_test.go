package server_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gotera/gotera/core/server"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
	"github.com/gotera/gotera/proto/bus/bustest"
	"github.com/gotera/gotera/proto/token"
)

// The weaknesses of core.md 13.1, by their numbers there.

// 1: a cookie signed with anything that clients or services can read opens nothing.
func TestCookieSignedWithKnownKeys(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	u := servertest.Row[store.User](t, s, 4)
	servertest.Change[store.User](t, s, u.ID, store.Object{"user_force_password_change": true})
	serverUUID, err := s.Store.Setting(t.Context(), store.SettingServerUUID)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]string{"server UUID": serverUUID, "empty": "", "user's uuid": u.UUID}
	for _, name := range []string{"UserTokenAPIKey", "ServiceTokenAPIKey", "DeviceTokenAPIKey"} {
		if keys[name], err = s.Bus.Get(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	body, err := json.Marshal(map[string]any{"user": u.UUID, "_user_id": u.UUID, "mark": "", "expires": time.Now().Add(time.Hour).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	part := base64.RawURLEncoding.EncodeToString
	for name, key := range keys {
		ours := hmac.New(sha256.New, []byte(key))
		ours.Write(body)
		theirs := hmac.New(sha1.New, []byte(key)) // the framework's own: payload.timestamp.signature
		fmt.Fprintf(theirs, "%s.%s", part(body), "aR8Zxw")
		for _, cookie := range []string{part(body) + "." + part(ours.Sum(nil)), part(body) + ".aR8Zxw." + part(theirs.Sum(nil))} {
			a := s.Post(t, "/api/user/login/change_password", map[string]string{"new_password": "Abcdefgh-1!", "confirm_password": "Abcdefgh-1!"},
				servertest.Header("Cookie", "session="+cookie))
			if a.Status != 401 {
				t.Errorf("cookie signed with the %s: got %d %s, want 401", name, a.Status, a.Text)
			}
		}
	}
	if !servertest.Row[store.User](t, s, u.ID).ForcePasswordChange {
		t.Error("the password was changed")
	}
}

// 3: two users behind one address, with the same program, have websockets of their own.
func TestWebsocketsBehindOneAddress(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	ask := func(name string) string {
		a := s.Get(t, "/api/user/login?with_websocket=1", servertest.Basic(name, name), servertest.Header("X-Forwarded-For", "192.0.2.1"), servertest.Header("User-Agent", "OpenTeraPlus"))
		url, _ := a.Object()["websocket_url"].(string)
		return url
	}
	first, second := ask("admin"), ask("user")
	if first == second || first == "" {
		t.Fatalf("got %q twice", first)
	}
	for _, tt := range []struct {
		url string
		id  int
	}{{first, 1}, {second, 3}} {
		if c, status := s.Dial(t, tt.url); c == nil {
			t.Fatalf("websocket: got %d", status)
		}
		want := servertest.Row[store.User](t, s, tt.id).UUID
		servertest.Eventually(t, "online", func() bool { return slices.Contains(s.Online(t, "user"), want) })
	}
}

// 4: the headers of a verified certificate are believed of the proxy only, as it writes them.
func TestCertificateHeaders(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t), func(c *server.Config) { c.Core.Server.ClientCertificates = true })
	off := servertest.Start(t, storetest.SQLite(t), func(c *server.Config) { c.Core.Server.ClientCertificates = false })
	id := servertest.Row[store.Device](t, s, 1).UUID
	dn := "UID=" + id + ",CN=Device"
	for _, tt := range []struct {
		name    string
		headers map[string]string
		want    int
	}{
		{"as the proxy writes them", map[string]string{"X-SSL-VERIFIED": "SUCCESS", "X-SSL-CLIENT-DN": dn}, 200},
		{"not verified", map[string]string{"X-SSL-VERIFIED": "NONE", "X-SSL-CLIENT-DN": dn}, 401},
		{"failed", map[string]string{"X-SSL-VERIFIED": "FAILED:certificate has expired", "X-SSL-CLIENT-DN": dn}, 401},
		{"nothing on verification", map[string]string{"X-SSL-CLIENT-DN": dn}, 401},
		{"underscores", map[string]string{"X_SSL_VERIFIED": "SUCCESS", "X_SSL_CLIENT_DN": dn}, 401},
		{"device by name", map[string]string{"X-Device-UUID": id, "X-SSL-VERIFIED": "SUCCESS"}, 401},
		{"device by name, underscores", map[string]string{"X_Device_Uuid": id, "X-SSL-VERIFIED": "SUCCESS"}, 401},
		{"not a device", map[string]string{"X-SSL-VERIFIED": "SUCCESS", "X-SSL-CLIENT-DN": "UID=" + id + ",CN=Participant"}, 401},
		{"within another value", map[string]string{"X-SSL-VERIFIED": "SUCCESS", "X-SSL-CLIENT-DN": `CN=x\,UID=` + id + `\,CN=Device`}, 401},
	} {
		var headers []servertest.Auth
		for name, v := range tt.headers {
			headers = append(headers, servertest.Header(name, v))
		}
		if a := s.Get(t, "/api/device/login", headers...); a.Status != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, a.Status, tt.want)
		}
		if a := off.Get(t, "/api/device/login", headers...); a.Status != 401 {
			t.Errorf("%s, certificates switched off: got %d, want 401", tt.name, a.Status)
		}
	}
}

// 6: codes of the set-up are counted like those of the login.
func TestSetupAttemptsAreCounted(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	servertest.Change[store.User](t, s, 3, store.Object{"user_2fa_enabled": true})
	cookie := servertest.Cookies(s.Get(t, "/api/user/login", servertest.Basic("user", "user")))
	secret, _ := s.Get(t, "/api/user/login/setup_2fa", cookie).Object()["otp_secret"].(string)
	enrol := func(code string) int {
		return s.Post(t, "/api/user/login/setup_2fa", map[string]any{"otp_secret": secret, "otp_code": code}, cookie).Status
	}
	for i, want := range []int{401, 401, 401, 401, 403} {
		if got := enrol("000000"); got != want {
			t.Errorf("wrong code %d: got %d, want %d", i+1, got, want)
		}
	}
	if got := enrol(otpCode(t, secret)); got != 403 {
		t.Errorf("right code after five wrong ones: got %d, want 403", got)
	}
	if u := servertest.Row[store.User](t, s, 3); u.TwoFactorSecret != nil {
		t.Error("the secret was stored")
	}
}

// 7: what was issued before the password changed is good no more.
func TestTokensEndWithThePassword(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	older, admin := s.UserToken(t, "user"), s.User(t, "admin")
	ticket := s.Get(t, "/api/user/refresh_token", servertest.Token(s.UserToken(t, "user")))
	fresh, _ := ticket.Object()["refresh_token"].(string)
	a := s.Post(t, "/api/user/users", map[string]any{"user": map[string]any{"id_user": 3, "user_password": "Abcdefgh-1!"}}, admin)
	if a.Status != 200 {
		t.Fatalf("change: got %d %s", a.Status, a.Text)
	}
	for name, tok := range map[string]string{"login": older, "refreshed": fresh} {
		if a := s.Get(t, "/api/user/sites", servertest.Token(tok)); a.Status != 401 {
			t.Errorf("%s token from before: got %d, want 401", name, a.Status)
		}
		if a := s.Get(t, "/api/user/refresh_token", servertest.Token(tok)); a.Status != 401 {
			t.Errorf("refresh of the %s token from before: got %d, want 401", name, a.Status)
		}
	}
	if a := s.Get(t, "/api/user/login", servertest.Basic("user", "Abcdefgh-1!")); a.Status != 200 {
		t.Errorf("login with the new password: got %d", a.Status)
	}
}

// 8: an address that tried many accounts is refused, whatever the account; others are not.
func TestAddressLimit(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	const address = "192.0.2.77"
	login := func(address, name, password string) int {
		return s.Get(t, "/api/user/login", servertest.Basic(name, password), servertest.Header("X-Forwarded-For", address)).Status
	}
	for i := range 3 {
		login(address, fmt.Sprint("nobody", i), "x")
	}
	if n, err := s.Bus.Get(t.Context(), "AddressLoginAttempts."+address); err != nil || n != "3" {
		t.Errorf("failures of the address: got %q %v, want 3", n, err)
	}
	if err := s.Bus.Set(t.Context(), "AddressLoginAttempts."+address, "100", time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := login(address, "admin", "admin"); got != 401 {
		t.Errorf("after 100 failures: got %d, want 401", got)
	}
	if got := s.Get(t, "/api/participant/login", servertest.Basic("participant1", "opentera"), servertest.Header("X-Forwarded-For", address)).Status; got != 401 {
		t.Errorf("participant after 100 failures: got %d, want 401", got)
	}
	if got := login("192.0.2.78", "admin", "admin"); got != 200 {
		t.Errorf("another address: got %d, want 200", got)
	}
}

// 9: neither tokens nor what strangers type reach the server's own log or the journal, in whatever way they come.
func TestSecretsAreNotLogged(t *testing.T) {
	var own lockedBuffer
	s := servertest.Start(t, storetest.SQLite(t), func(c *server.Config) {
		c.Log = slog.New(slog.NewTextHandler(&own, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	tok := s.UserToken(t, "admin")
	s.Get(t, "/api/user/logout", servertest.Token(tok))
	s.Get(t, "/api/user/sites", servertest.Token(tok))
	s.Get(t, "/api/device/login?token="+tok)
	s.Get(t, "/api/service/sites?token="+tok)
	s.Get(t, "/api/participant/login", servertest.Token(tok))
	servertest.Eventually(t, "the journal", func() bool { return len(readJournal(t, s, "log.error")) >= 4 })
	for _, e := range readJournal(t, s, "log.error") {
		if text := e.String(); strings.Contains(text, tok) || strings.Contains(text, strings.Split(tok, ".")[2]) {
			t.Errorf("the journal tells a token: %s", text)
		}
	}
	if text := own.String(); text == "" || strings.Contains(text, tok) {
		t.Errorf("the server's log is empty or tells a token: %s", text)
	}
}

// 11: a service's token without end or issuer is taken, since services sign such; nothing else about it is forgiven.
func TestServiceTokens(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	key, err := s.Bus.Get(t.Context(), "ServiceTokenAPIKey")
	if err != nil {
		t.Fatal(err)
	}
	row, err := s.Store.ServiceByKey(t.Context(), "FileTransferService")
	if err != nil {
		t.Fatal(err)
	}
	sign := func(key string, standard token.Standard, uuid string) servertest.Auth {
		tok, err := token.SignService(key, token.ServiceClaims{Standard: standard, ServiceUUID: uuid})
		if err != nil {
			t.Fatal(err)
		}
		return servertest.Token(tok)
	}
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"service_uuid":"`+row.UUID+`"}`)) + "."
	for name, tt := range map[string]struct {
		auth servertest.Auth
		want int
	}{
		"self-issued":      {sign(key, token.SelfIssued(), row.UUID), 200},
		"of the core":      {sign(key, token.Dynamic(time.Minute), row.UUID), 200},
		"expired":          {sign(key, token.Dynamic(-time.Minute), row.UUID), 401},
		"unknown service":  {sign(key, token.SelfIssued(), "b707e0b2-e649-47e7-a938-2b949c423f73"), 401},
		"another key":      {sign(strings.Repeat("x", 32), token.SelfIssued(), row.UUID), 401},
		"no key":           {servertest.Token(none), 401},
		"token of a user":  {servertest.Token(s.UserToken(t, "admin")), 401},
		"token of a robot": {s.Device(t, 1), 401},
	} {
		if a := s.Get(t, "/api/service/sites", tt.auth); a.Status != tt.want {
			t.Errorf("%s: got %d, want %d", name, a.Status, tt.want)
		}
	}
	servertest.Change[store.Service](t, s, row.ID, store.Object{"service_enabled": false})
	if a := s.Get(t, "/api/service/sites", sign(key, token.SelfIssued(), row.UUID)); a.Status != 401 {
		t.Errorf("disabled service: got %d, want 401", a.Status)
	}
}

// 12: at the start every useless member leaves the sets of disabled tokens, also those behind a good one.
func TestDisabledTokensAreTidied(t *testing.T) {
	s := servertest.StartOn(t, storetest.SQLite(t), bustest.StartRedis(t))
	good := s.UserToken(t, "user")
	s.Get(t, "/api/user/logout", servertest.Token(good))
	key, err := s.Bus.Get(t.Context(), "UserTokenAPIKey")
	if err != nil {
		t.Fatal(err)
	}
	expired, err := token.SignUser(key, token.UserClaims{Standard: token.Dynamic(-time.Hour), UserUUID: "x"})
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := token.SignUser(strings.Repeat("x", 32), token.UserClaims{Standard: token.Dynamic(time.Hour), UserUUID: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Bus.AddToSet(t.Context(), "user_disabled_tokens", "", "garbage", expired, foreign); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	s.Run(t)
	left, err := s.Bus.SetMembers(t.Context(), "user_disabled_tokens")
	if err != nil || !slices.Equal(left, []string{good}) {
		t.Errorf("after a restart: got %d members %v, want the one that is still good", len(left), err)
	}
	if a := s.Get(t, "/api/user/sites", servertest.Token(good)); a.Status != 401 {
		t.Errorf("a token that was given back before the restart: got %d, want 401", a.Status)
	}
}
