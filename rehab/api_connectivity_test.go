package rehab

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/porttest"
	"github.com/gotera/gotera/proto/token"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/room"
)

const (
	partKey   = "participant-key-----------------"
	linkKey   = "participant-static-key----------"
	deviceKey = "device-static-key---------------"
)

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// withCheckPort gives the echo peer a port that is free.
func withCheckPort(t *testing.T) option {
	return func(s *system) { s.cfg.Rehab.WebRTC.MediaBasePort = porttest.Take(t, s.cfg.Rehab.WebRTC.MaxSessions+1) }
}

// connectivity asks for the relays of a test and returns the status.
func (s *system) connectivity(header, query string) int {
	s.t.Helper()
	q, err := http.NewRequest(http.MethodGet, s.url("/api/connectivity"+query), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if header != "" {
		q.Header.Set("Authorization", header)
	}
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		s.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestConnectivityTestIsForThoseWithAToken(t *testing.T) {
	s := newSystem(t, withCheckPort(t))
	s.set(varParticipantKey, partKey)
	s.set(varLinkKey, linkKey)
	s.set(varDeviceKey, deviceKey)
	sign := must[string](t)
	user := func(key string, life time.Duration) string { return tokenOf(t, key, "user-7", false, life) }
	link := func(key string) string {
		return sign(token.SignParticipant(key, token.ParticipantClaims{Standard: token.Static(), ParticipantUUID: "part-1"}))
	}
	device := func() string {
		return sign(token.SignDevice(deviceKey, token.DeviceClaims{Standard: token.Static(), DeviceUUID: "dev-1"}))
	}
	dynamic := func(life time.Duration) string {
		return sign(token.SignParticipant(partKey, token.ParticipantClaims{Standard: token.Dynamic(life), ParticipantUUID: "part-1"}))
	}
	goodLink, goodDevice, loggedOut, partOut := link(linkKey), device(), user(userKey, time.Hour), dynamic(time.Hour)
	for set, text := range map[string]string{varUserDisabled: loggedOut, varPartDisabled: partOut} {
		if err := s.redis.Open(t).AddToSet(t.Context(), set, text); err != nil {
			t.Fatal(err)
		}
	}
	accounts := map[string]backend.Row{
		"part-1": {"participant_token": goodLink, "participant_enabled": true, "participant_token_enabled": true},
		"dev-1":  {"device_token": goodDevice, "device_enabled": true},
	}
	s.core.mu.Lock()
	s.core.accounts = accounts
	s.core.mu.Unlock()
	for _, tt := range []struct {
		name, header string
		want         int
	}{
		{"none", "", 401}, {"empty", "OpenTera ", 401}, {"another scheme", "Bearer " + goodLink, 401}, {"nonsense", "OpenTera x.y.z", 401},
		{"user", "OpenTera " + user(userKey, time.Hour), 200}, {"user, another key", "OpenTera " + user("other", time.Hour), 401},
		{"user, expired", "OpenTera " + user(userKey, -time.Hour), 401}, {"user, logged out", "OpenTera " + loggedOut, 401},
		{"participant's link", "OpenTera " + goodLink, 200}, {"a link that was replaced", "OpenTera " + link(linkKey), 401},
		{"a link signed with another key", "OpenTera " + link("other"), 401}, {"static, with the key of others", "OpenTera " + link(partKey), 401},
		{"participant", "OpenTera " + dynamic(time.Hour), 200}, {"participant, expired", "OpenTera " + dynamic(-time.Hour), 401},
		{"participant, logged out", "OpenTera " + partOut, 401},
		{"device", "OpenTera " + goodDevice, 200}, {"a device's that was replaced", "OpenTera " + device(), 401},
	} {
		if got := s.connectivity(tt.header, ""); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
	s.core.mu.Lock()
	accounts["part-1"]["participant_enabled"] = false
	s.core.mu.Unlock()
	if got := s.connectivity("OpenTera "+goodLink, ""); got != 401 {
		t.Errorf("a disabled participant: got %d", got)
	}
	s.core.breakWith(down)
	if got := s.connectivity("OpenTera "+goodLink, ""); got != 503 {
		t.Errorf("while the core does not answer: got %d", got)
	}
}

func TestConnectivityTestIsForThoseWithAKey(t *testing.T) {
	s := newSystem(t, withCheckPort(t))
	session := s.must("started", startFields)
	spec := must[room.Spec](t)(s.record(session.port(t)).spec())
	port := fmt.Sprint(session.port(t))
	invitee := control.InviteeKey(spec.Secret, control.Participant, "part-1")
	query := func(key, port string) string { return "?" + url.Values{"key": {key}, "port": {port}}.Encode() }
	for name, tt := range map[string]struct {
		query string
		want  int
	}{
		"shared key": {query(spec.Key, port), 200}, "invitee key": {query(invitee, port), 200},
		"another port": {query(spec.Key, "1"), 403}, "no port": {query(spec.Key, ""), 403}, "wrong key": {query("x", port), 403},
		"empty key": {query("", port), 401}, "somebody who is not invited": {query(control.InviteeKey(spec.Secret, control.Participant, "part-2"), port), 403},
		"of another session": {query(control.InviteeKey(control.NewSecret(), control.Participant, "part-1"), port), 403},
		"of another kind":    {query(control.InviteeKey(spec.Secret, control.Device, "part-1"), port), 403},
		"no secret's":        {query(control.InviteeKey(nil, control.Participant, "part-1"), port), 403},
		"a key cut short":    {query(invitee[:len(invitee)-1], port), 403},
	} {
		if got := s.connectivity("", tt.query); got != tt.want {
			t.Errorf("%s: got %d, want %d", name, got, tt.want)
		}
	}
	s.must("removed", fmt.Sprintf(`{"action":"remove","id_session":%d,"session_users":[],"session_participants":["part-1"],"session_devices":[]}`, session.id()))
	if got := s.connectivity("", query(invitee, port)); got != 403 {
		t.Errorf("removed: got %d", got)
	}
	s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, session.id()))
	if got := s.connectivity("", query(spec.Key, port)); got != 403 {
		t.Errorf("stopped: got %d", got)
	}
}
