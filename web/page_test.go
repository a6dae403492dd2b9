package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

var built = fstest.MapFS{
	"room.html":           {Data: []byte(`<html><head><script src="./assets/room-1.js"></script></head><body></body></html>`)},
	"assets/room-1.js":    {Data: []byte("plain script")},
	"assets/room-1.js.br": {Data: []byte("br script")},
	"assets/room-1.js.gz": {Data: []byte("gz script")},
	"assets/icon-1.svg":   {Data: []byte("<svg/>")},
}

func get(t *testing.T, h http.Handler, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPageCarriesBootData(t *testing.T) {
	h := handler(built, "room", map[string]any{"port": 8080, "name": "</script><b>"})
	w := get(t, h, "/users?key=secret")
	if w.Code != http.StatusOK {
		t.Fatalf("status %d, want 200", w.Code)
	}
	want := `<script type="application/json" id="boot">{"name":"\u003c/script\u003e\u003cb\u003e","port":8080}</script>`
	if body := w.Body.String(); !strings.Contains(body, want) {
		t.Errorf("got %s, want it to contain %s", body, want)
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
		"X-Frame-Options": "", "Cross-Origin-Embedder-Policy": "",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	csp := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self' qrc:", "connect-src 'self' wss: ws://localhost:12345", "frame-ancestors 'self'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("policy %q lacks %q", csp, want)
		}
	}
}

func TestPageAssetsAreFoundFromAnyDepth(t *testing.T) {
	h := handler(built, "room", struct{}{})
	for path, want := range map[string]string{
		"/users":     `src="./assets/room-1.js"`,
		"/":          `src="./assets/room-1.js"`,
		"/users/":    `src="../assets/room-1.js"`,
		"/users/a/b": `src="../../assets/room-1.js"`,
	} {
		if body := get(t, h, path).Body.String(); !strings.Contains(body, want) {
			t.Errorf("%s: got %s, want %s", path, body, want)
		}
	}
}

func TestPageNotBuilt(t *testing.T) {
	w := get(t, handler(fstest.MapFS{}, "room", nil), "/users")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "run make build") {
		t.Errorf("got %d %s, want 503 and what to do", w.Code, w.Body)
	}
}

func TestPageTakesGetOnly(t *testing.T) {
	w := httptest.NewRecorder()
	handler(built, "room", nil).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/users", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("got %d, want 405", w.Code)
	}
}
