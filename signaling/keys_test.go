package signaling

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gotera/gotera/proto/control"
)

func TestStatusTakesAnyValidKey(t *testing.T) {
	r := startRoom(t)
	for _, key := range []string{sharedKey, r.key(clinician), r.key(patient), r.key(robot)} {
		res, err := http.Get("http://" + r.addr + "/status?key=" + url.QueryEscape(key))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close() //nolint:errcheck // read
		if res.StatusCode != http.StatusOK || string(body) != `{"status":"OK"}` {
			t.Errorf("got %d %s", res.StatusCode, body)
		}
	}
}

func TestRefusalSaysWhatToDo(t *testing.T) {
	r := startRoom(t)
	for lang, want := range map[string]string{"fr": "Demandez un nouveau lien", "en": "new link"} {
		req, _ := http.NewRequest(http.MethodGet, "http://"+r.addr+"/participants?key=x", nil)
		req.Header.Set("Accept-Language", lang)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close() //nolint:errcheck // read
		if res.StatusCode != http.StatusForbidden || !strings.Contains(string(body), want) {
			t.Errorf("%s: got %d %s, want 403 with %q", lang, res.StatusCode, body, want)
		}
	}
}

func TestUnknownPathsAndAssetsAreOpenButEmpty(t *testing.T) {
	r := startRoom(t)
	for _, target := range []string{"/", "/easyrtc/easyrtc.js", "/assets/none.js", "/demos/"} {
		if status := r.get(target); status != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", target, status)
		}
	}
}

func TestIdentityComesFromTheKey(t *testing.T) {
	r := startRoom(t)
	j := r.connect(patient).joinWith(joinAs("Mallory", clinician.UUID))
	if j.Self.Kind != control.Participant || j.Self.UUID != patient.UUID || j.Self.Name != patient.Name || !j.Self.Verified || j.CanManage {
		t.Errorf("participant: got %+v, manage %v", j.Self, j.CanManage)
	}
	shared := control.Invitee{Kind: control.User}
	c, _ := r.dialRaw("/users?key=" + sharedKey)
	go c.read()
	j = c.joinWith(joinAs("Dr. Who", "some uuid"))
	if j.Self.Kind != shared.Kind || j.Self.UUID != "some uuid" || j.Self.Name != "Dr. Who" || j.Self.Verified || j.CanManage {
		t.Errorf("shared key: got %+v, manage %v", j.Self, j.CanManage)
	}
	if j := r.connect(clinician).join(); !j.CanManage || !j.Self.Verified || len(j.Invitees) != 3 || j.Session.Name != "Knee exercises" ||
		j.Session.StartedAt != "2026-11-21T09:00:00Z" || len(j.Peers) != 2 {
		t.Errorf("clinician: got %+v", j)
	}
}

// A room that takes the place of a dead one is asked by the pages that lost it. Until rehab has told it who is invited it
// does not know them: were that a refusal, they would not come back.
func TestKeysBeforeTheSessionIsTold(t *testing.T) {
	r := startUntoldRoom(t)
	forged := patient.UUID + ".AAAA"
	for target, want := range map[string]int{
		"/participants?key=" + r.key(patient):                http.StatusServiceUnavailable,
		"/status?key=" + r.key(patient):                      http.StatusServiceUnavailable,
		"/users?key=" + r.key(patient):                       http.StatusForbidden, // the key of another page
		"/participants?key=" + forged:                        http.StatusForbidden,
		"/status?key=" + forged:                              http.StatusForbidden,
		"/status?key=" + sharedKey:                           http.StatusOK,
		"/websocket/8080/participants?key=" + r.key(patient): http.StatusServiceUnavailable,
	} {
		if got := r.get(target); got != want {
			t.Errorf("before: %s answers %d, want %d", target, got, want)
		}
	}
	if _, status := r.dialRaw("/websocket/8080/participants?key=" + r.key(patient)); status != http.StatusServiceUnavailable {
		t.Errorf("before: the websocket is answered %d", status)
	}
	r.put(session(clinician, patient))
	for target, want := range map[string]int{
		"/participants?key=" + r.key(patient): http.StatusOK,
		"/status?key=" + r.key(patient):       http.StatusOK,
		"/devices?key=" + r.key(robot):        http.StatusForbidden, // not invited
		"/status?key=" + r.key(robot):         http.StatusForbidden,
	} {
		if got := r.get(target); got != want {
			t.Errorf("after: %s answers %d, want %d", target, got, want)
		}
	}
}
