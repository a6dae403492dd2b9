package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRefusedSpeaksThePersonsLanguage(t *testing.T) {
	for _, tt := range []struct{ target, accept, want string }{
		{"/users", "fr-CA,fr;q=0.9,en;q=0.8", "Ce lien n’ouvre aucune séance"},
		{"/users", "de,en;q=0.8", "This link does not open a session"},
		{"/users?lang=fr", "en", "Ce lien n’ouvre aucune séance"},
		{"/users", "", "This link does not open a session"},
	} {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { Refused(w, r, http.StatusForbidden, BadLink) })
		w := get(t, h, tt.target, "Accept-Language", tt.accept)
		if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s, %q: got %d %s, want %q", tt.target, tt.accept, w.Code, w.Body, tt.want)
		}
		if got := w.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("cache control %q, want no-store", got)
		}
	}
}

func TestRefusalsAreComplete(t *testing.T) {
	for reason, texts := range refusals {
		for _, lang := range []string{"en", "fr"} {
			if w := texts[lang]; w.Title == "" || w.Action == "" || w.Cause == "" {
				t.Errorf("%s in %s lacks a text: %+v", reason, lang, w)
			}
		}
	}
	for _, status := range []int{403, 404, 502, 503, 500} {
		w := httptest.NewRecorder()
		Refused(w, httptest.NewRequest(http.MethodGet, "/", nil), status, "unheard of")
		if w.Code != status || !strings.Contains(w.Body.String(), "<h1>") {
			t.Errorf("%d: got %d %s", status, w.Code, w.Body)
		}
	}
}

func TestUnavailableTriesAgain(t *testing.T) {
	w := httptest.NewRecorder()
	Refused(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusServiceUnavailable, Unavailable)
	if !strings.Contains(w.Body.String(), `http-equiv="refresh" content="3"`) {
		t.Errorf("got %s, want a refresh", w.Body)
	}
}
