package rehab

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gotera/gotera/proto/opentera"
	"github.com/gotera/gotera/proto/token"
	"github.com/gotera/gotera/rehab/backend"
)

// What the node of a robot posts when somebody beside it ends the call: nothing but its own token and the session's uuid.
func TestRobotStopsItsSession(t *testing.T) {
	s := newSystem(t)
	s.set(varDeviceKey, deviceKey)
	sign := must[string](t)
	device := func(key, uuid string) string {
		return sign(token.SignDevice(key, token.DeviceClaims{Standard: token.Static(), DeviceUUID: uuid}))
	}
	mine, others, off, forged := device(deviceKey, "dev-1"), device(deviceKey, "dev-2"), device(deviceKey, "dev-3"), device("other", "dev-1")
	s.core.mu.Lock()
	s.core.accounts = map[string]backend.Row{
		"dev-1": {"device_token": mine, "device_enabled": true}, "dev-2": {"device_token": others, "device_enabled": true},
		"dev-3": {"device_token": off, "device_enabled": false},
	}
	s.core.mu.Unlock()
	r := started(s)
	post := func(text, body string) (int, string) {
		t.Helper()
		res, err := http.Post(s.url(RobotStopPath)+"?token="+text, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		raw, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(raw)
	}
	uuid := s.record(r.port(t)).Info.Text("session_uuid")
	stop := fmt.Sprintf(`{"session_uuid":%q,"action":"stop"}`, uuid)
	for name, tt := range map[string]struct {
		token, body string
		want        int
	}{
		"no token": {"", stop, 403}, "nonsense": {"x", stop, 403}, "forged": {forged, stop, 403}, "a device that is disabled": {off, stop, 403},
		"not in the session": {others, stop, 400}, "another session": {mine, `{"session_uuid":"x","action":"stop"}`, 400},
		"no session": {mine, `{"action":"stop"}`, 400}, "no JSON": {mine, `stop`, 400}, "too long": {mine, `{"x":"` + strings.Repeat("x", maxRobotStop) + `"}`, 400},
		"another action": {mine, fmt.Sprintf(`{"session_uuid":%q,"action":"start"}`, uuid), 501},
	} {
		if got, body := post(tt.token, tt.body); got != tt.want || strings.Contains(body, uuid) {
			t.Errorf("%s: %d %s, want %d", name, got, body, tt.want)
		}
	}
	if got := of[*opentera.StopSessionEvent](s.seen, managerTopic); len(got) != 0 {
		t.Fatal("a refused request stopped the session")
	}
	got, body := post(mine, stop)
	var a struct {
		Status  string
		Session backend.Row
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil || got != 200 || a.Status != "stopped" || a.Session.Text("session_uuid") != uuid {
		t.Errorf("%d %s, %v", got, body, err)
	}
	await[*opentera.StopSessionEvent](s.seen, managerTopic, 1)
	if got, _ := post(mine, stop); got != 400 {
		t.Errorf("once more: %d", got)
	}
}
