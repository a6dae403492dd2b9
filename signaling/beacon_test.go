package signaling

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gotera/gotera/proto/signal"
)

// beacon posts a token as a page that is closed does, and returns the status.
func (r *testRoom) beacon(key, contentType, token string) int {
	r.t.Helper()
	res, err := http.Post("http://"+r.addr+"/leave?key="+url.QueryEscape(key), contentType, strings.NewReader(token))
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		r.t.Fatal(err)
	}
	return res.StatusCode
}

// A beacon ends its peer at once, also one whose websocket is lost, and tells the others that it left.
func TestLeaveByBeacon(t *testing.T) {
	r := startRoom(t)
	watcher := r.connect(clinician)
	watcher.join()
	for _, lost := range []bool{false, true} {
		p := r.connect(patient)
		joined := p.join()
		if lost {
			p.ws.Close() //nolint:errcheck // as a network that breaks
			expectThat(watcher, func(m signal.PeerUpdate) bool { return m.Peer.ID == joined.Peer && !m.Peer.Connected })
		}
		if got := r.beacon(r.key(patient), "text/plain;charset=UTF-8", joined.Resume); got != http.StatusNoContent {
			t.Fatalf("status %d, want 204", got)
		}
		expectThat(watcher, func(m signal.Left) bool { return m.Peer == joined.Peer && m.Reason == signal.ReasonLeft })
		if got := r.beacon(r.key(patient), "text/plain", joined.Resume); got != http.StatusNotFound {
			t.Errorf("a second time: status %d, want 404", got)
		}
	}
	guest, _ := r.dialRaw("/participants?key=" + sharedKey)
	go guest.read()
	joined := guest.joinWith(signal.Join{Protocol: signal.Version, Name: "Ann"})
	if got := r.beacon(sharedKey, "text/plain", joined.Resume); got != http.StatusNoContent {
		t.Errorf("with the shared key: status %d, want 204", got)
	}
}

// Nobody ends the peer of another.
func TestBeaconOfAnother(t *testing.T) {
	r := startRoom(t)
	p := r.connect(patient)
	joined := p.join()
	id, _, _ := strings.Cut(joined.Resume, ".")
	for _, tt := range []struct {
		name, key, contentType, token string
		want                          int
	}{
		{"no key", "", "text/plain", joined.Resume, http.StatusForbidden},
		{"a wrong key", "wrong", "text/plain", joined.Resume, http.StatusForbidden},
		{"who is not invited", r.key(stranger), "text/plain", joined.Resume, http.StatusForbidden},
		{"another's key", r.key(clinician), "text/plain", joined.Resume, http.StatusNotFound},
		{"the shared key", sharedKey, "text/plain", joined.Resume, http.StatusNotFound},
		{"no token", r.key(patient), "text/plain", "", http.StatusNotFound},
		{"the id alone", r.key(patient), "text/plain", id, http.StatusNotFound},
		{"a wrong secret", r.key(patient), "text/plain", id + ".wrong", http.StatusNotFound},
		{"another type", r.key(patient), "application/json", joined.Resume, http.StatusUnsupportedMediaType},
		{"too long", r.key(patient), "text/plain", strings.Repeat("x", maxBeacon+1), http.StatusRequestEntityTooLarge},
	} {
		if got := r.beacon(tt.key, tt.contentType, tt.token); got != tt.want {
			t.Errorf("%s: status %d, want %d", tt.name, got, tt.want)
		}
	}
	if got := r.get("/leave?key=" + url.QueryEscape(r.key(patient))); got != http.StatusNotFound {
		t.Errorf("GET: status %d, want 404", got)
	}
	p.send(signal.Ping{})
	expect[signal.Pong](p) // it is still there
}
