package roomtest

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/gotera/gotera/proto/control"
)

// Tell has the fake room on port, whose files are in dir, report an event to whoever watches it.
func Tell(t testing.TB, dir string, port int, e control.Event) {
	t.Helper()
	raw, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	res := request(t, dir, port, http.MethodPost, "/tell", raw)
	res.Body.Close()
}

// Session is what the fake room was told last.
func Session(t testing.TB, dir string, port int) control.Session {
	t.Helper()
	res := request(t, dir, port, http.MethodGet, "/session", nil)
	defer res.Body.Close()
	var s control.Session
	if err := json.NewDecoder(res.Body).Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func request(t testing.TB, dir string, port int, method, path string, body []byte) *http.Response {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(dir, strconv.Itoa(port)+".sock"))
	}}}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://room"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatalf("fake room on port %d: %v", port, err)
	}
	return res
}
