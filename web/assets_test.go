package web

import (
	"net/http"
	"strings"
	"testing"
)

func TestAssetsAreSentCompressed(t *testing.T) {
	h := assets(built)
	for _, tt := range []struct{ accept, coding, body string }{
		{"gzip, deflate, br, zstd", "br", "br script"},
		{"gzip", "gzip", "gz script"},
		{"br;q=0, gzip", "gzip", "gz script"},
		{"", "", "plain script"},
	} {
		w := get(t, h, "/assets/room-1.js", "Accept-Encoding", tt.accept)
		if w.Code != http.StatusOK || w.Body.String() != tt.body || w.Header().Get("Content-Encoding") != tt.coding {
			t.Errorf("accept %q: got %d %q coded %q, want %q coded %q", tt.accept, w.Code, w.Body, w.Header().Get("Content-Encoding"), tt.body, tt.coding)
		}
		if got := w.Header().Get("Content-Type"); got != "text/javascript; charset=utf-8" {
			t.Errorf("content type %q", got)
		}
		if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("cache control %q, want immutable", got)
		}
	}
	if w := get(t, h, "/assets/icon-1.svg", "Accept-Encoding", "br"); w.Header().Get("Content-Encoding") != "" || w.Body.String() != "<svg/>" {
		t.Errorf("a file without compressed copy: got %q coded %q", w.Body, w.Header().Get("Content-Encoding"))
	}
}

func TestAssetsServeNothingElse(t *testing.T) {
	h := assets(built)
	for _, target := range []string{"/assets/", "/assets/none.js", "/assets/../room.html", "/assets/..%2froom.html"} {
		w := get(t, h, target)
		if w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %d, cache %q, want 404 that is not kept", target, w.Code, w.Header().Get("Cache-Control"))
		}
	}
}
