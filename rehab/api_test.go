package rehab

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/token"
	"github.com/gotera/gotera/web"
)

// tokenOf signs a user token as the core does.
func tokenOf(t *testing.T, key, uuid string, super bool, life time.Duration) string {
	t.Helper()
	text, err := token.SignUser(key, token.UserClaims{Standard: token.Dynamic(life), UserUUID: uuid, SuperAdmin: super})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (s *system) get(path, userToken string) *http.Response {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url(path), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if userToken != "" {
		req.Header.Set("Authorization", "OpenTera "+userToken)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { res.Body.Close() })
	return res
}

func (s *system) sessionsOf(uuid string, super bool) []sessionView {
	s.t.Helper()
	res := s.get("/api/sessions", tokenOf(s.t, userKey, uuid, super, time.Hour))
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("/api/sessions: %d", res.StatusCode)
	}
	var v sessionsView
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil {
		s.t.Fatal(err)
	}
	return v.Sessions
}

func TestAPIWhoSeesWhat(t *testing.T) {
	s := newSystem(t)
	r := s.must("started", `{"action":"start","id_session":0,"id_session_type":4,"id_creator_user":7,
		"session_users":["user-8"],"session_participants":["part-1","part-2"],"session_devices":[]}`)
	s.core.mu.Lock()
	s.core.access["sees-first"] = []string{"part-1"}
	s.core.access["sees-second"] = []string{"part-2"}
	s.core.access["sees-other"] = []string{"part-9"}
	s.core.mu.Unlock()
	shared := r.Session.Text("session_url_users")
	for _, tt := range []struct {
		user              string
		super             bool
		sees, can, hasOwn bool
	}{
		{"user-7", false, true, true, true}, // the creator
		{"user-8", false, true, true, true},
		{"root", true, true, true, false},
		{"sees-first", false, true, true, false},
		{"sees-second", false, true, false, false},
		{"sees-other", false, false, false, false},
		{"nobody", false, false, false, false},
	} {
		list := s.sessionsOf(tt.user, tt.super)
		if (len(list) == 1) != tt.sees {
			t.Errorf("%s: sees %d sessions", tt.user, len(list))
			continue
		}
		if !tt.sees {
			continue
		}
		v := list[0]
		if v.CanManage != tt.can || (v.URL != nil) != tt.hasOwn {
			t.Errorf("%s: can manage %v, url %v", tt.user, v.CanManage, v.URL != nil)
		}
		if v.URL != nil && pageStatus(t, *v.URL) != http.StatusOK {
			t.Errorf("%s: the URL does not open", tt.user)
		}
		if tt.user == "user-7" && *v.URL != shared || tt.user == "user-8" && *v.URL == shared {
			t.Errorf("%s: wrong URL", tt.user)
		}
		if len(v.Members) != 3 || v.ID != r.id() || v.UUID != r.Session.Text("session_uuid") || v.Name == "" || v.Type != 4 ||
			time.Since(v.StartedAt) > time.Minute || v.Creator == nil || v.Creator.UUID != "user-7" || v.Creator.Name != "Creator user 7" {
			t.Errorf("%s: %+v", tt.user, v)
		}
	}
	s.must("removed", fmt.Sprintf(`{"action":"remove","id_session":%d,"session_users":["user-8"],"session_participants":[],"session_devices":[]}`, r.id()))
	if list := s.sessionsOf("user-8", false); len(list) != 0 {
		t.Error("a removed user still sees the session")
	}
	if m := s.sessionsOf("user-7", false)[0].Members[0]; m.UUID != "user-8" || m.Status != control.Removed || m.Name != "Name of user-8" {
		t.Errorf("removed member %+v", m)
	}
}

func TestAPIRefusesTokens(t *testing.T) {
	s := newSystem(t)
	dead := tokenOf(t, userKey, "user-7", true, time.Hour)
	if err := s.bus.AddToSet(t.Context(), varUserDisabled, dead); err != nil {
		t.Fatal(err)
	}
	service, _ := token.SignService(userKey, token.ServiceClaims{Standard: token.Static(), ServiceUUID: "x"})
	for name, text := range map[string]string{
		"none": "", "rubbish": "rubbish", "another key": tokenOf(t, "another", "user-7", true, time.Hour),
		"expired": tokenOf(t, userKey, "user-7", true, -time.Second), "disabled": dead, "of a service": service,
	} {
		for _, path := range []string{"/api/sessions", "/api/events"} {
			if res := s.get(path, text); res.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s %s: %d, want 401", path, name, res.StatusCode)
			}
		}
	}
}

// A restarted core has another user key: its tokens are good as soon as it is there.
func TestAPIWithANewUserKey(t *testing.T) {
	s := newSystem(t)
	s.sessionsOf("user-7", true)
	s.set(varUserKey, "second")
	waitFor(t, "token of the second core", func() bool {
		return s.get("/api/sessions", tokenOf(t, "second", "user-7", true, time.Hour)).StatusCode == http.StatusOK
	})
}

// nextSessions reads the next "sessions" event.
func nextSessions(t *testing.T, lines *bufio.Scanner) (v sessionsView, ok bool) {
	t.Helper()
	named := false
	for lines.Scan() {
		line := lines.Text()
		if line == "event: sessions" {
			named = true
		}
		if data, is := strings.CutPrefix(line, "data: "); is && named {
			if err := json.Unmarshal([]byte(data), &v); err != nil {
				t.Fatal(err)
			}
			return v, true
		}
	}
	return v, false
}

func TestAPIEvents(t *testing.T) {
	s := newSystem(t)
	res := s.get("/api/events", tokenOf(t, userKey, "user-7", false, time.Hour))
	if got := res.Header.Get("Content-Type") + res.Header.Get("X-Accel-Buffering"); got != "text/event-streamno" {
		t.Errorf("headers %q", got)
	}
	lines := bufio.NewScanner(res.Body)
	if v, ok := nextSessions(t, lines); !ok || len(v.Sessions) != 0 {
		t.Fatalf("first event %v %v", v, ok)
	}
	r := s.must("started", startFields)
	v, ok := nextSessions(t, lines)
	if !ok || len(v.Sessions) != 1 || v.Sessions[0].ID != r.id() {
		t.Fatalf("after start %v", v)
	}
	s.says(participant("part-1"), true)
	for v.Sessions[0].Members[1].Status != control.Online {
		if v, ok = nextSessions(t, lines); !ok {
			t.Fatal("stream ended")
		}
	}
	s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
	for len(v.Sessions) > 0 {
		if v, ok = nextSessions(t, lines); !ok {
			t.Fatal("stream ended")
		}
	}
}

func TestAPIEventsEndWithTheToken(t *testing.T) {
	s := newSystem(t)
	res := s.get("/api/events", tokenOf(t, userKey, "user-7", false, 2*time.Second))
	began := time.Now()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("ended after %v", took)
	}
}

func TestAPIEventsEndWhenTheTokenIsDisabled(t *testing.T) {
	heartbeat = 50 * time.Millisecond
	t.Cleanup(func() { heartbeat = 15 * time.Second })
	s := newSystem(t)
	text := tokenOf(t, userKey, "user-7", false, time.Hour)
	lines := bufio.NewScanner(s.get("/api/events", text).Body)
	if _, ok := nextSessions(t, lines); !ok {
		t.Fatal("no stream")
	}
	for range 4 { // it lives on for as long as the token is good
		if !lines.Scan() {
			t.Fatal("stream ended")
		}
	}
	if err := s.bus.AddToSet(t.Context(), varUserDisabled, text); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for lines.Scan() {
		}
	}()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the stream goes on")
	}
}

func TestAPIEventsAreBounded(t *testing.T) {
	h := newHub()
	var leave func()
	for range maxUserStreams {
		_, l, err := h.listen("u")
		if err != nil {
			t.Fatal(err)
		}
		leave = l
	}
	if _, _, err := h.listen("u"); err == nil {
		t.Error("one stream too many")
	}
	if _, _, err := h.listen("v"); err != nil {
		t.Error("another user is refused")
	}
	leave()
	if _, _, err := h.listen("u"); err != nil {
		t.Error("no place after one has left")
	}
}

func TestPages(t *testing.T) {
	s := newSystem(t)
	want := http.StatusOK
	if _, err := web.FS().Open("rehab.html"); err != nil {
		want = http.StatusServiceUnavailable // the front-end was not built
	}
	for _, path := range []string{"/", "/participant?token=t", "/participant_localview", "/participant_endpoint", "/participant_error?error=x", "/user_error"} {
		if got := s.get(path, "").StatusCode; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	res := s.get("/user_session_lobby?token=a%2Bb&session_uuid=s", "")
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusFound || got != "./#session_uuid=s&token=a%2Bb" {
		t.Errorf("lobby: %d to %q", res.StatusCode, got)
	}
	if got := s.get("/nothing", "").StatusCode; got != http.StatusNotFound {
		t.Errorf("unknown page: %d", got)
	}
	var c map[string]any
	json.NewDecoder(s.get("/api/config", "").Body).Decode(&c)
	if c["version"] != "test" || c["service_key"] != serviceName || c["service_uuid"] != serviceUUID || fmt.Sprint(c["languages"]) != "[en fr]" {
		t.Errorf("config %v", c)
	}
}
