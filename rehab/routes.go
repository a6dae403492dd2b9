package rehab

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"github.com/gotera/gotera/web"
)

// routes are the service's pages and its own API; the proxy serves them below /rehab, and RobotStopPath as it is.
func (s *Service) routes() http.Handler {
	r := chi.NewRouter()
	r.Get("/api/sessions", s.apiSessions)
	r.Get("/api/events", s.apiEvents)
	r.Get("/api/config", s.apiConfig)
	r.Get("/api/connectivity", s.apiConnectivity)
	r.Post("/api/connectivity", s.apiConnectivity)
	r.Post(RobotStopPath, s.apiRobotStop)
	r.Handle("/assets/*", web.Assets())
	s.pages(r)
	r.NotFound(func(w http.ResponseWriter, q *http.Request) { web.Refused(w, q, http.StatusNotFound, web.NotFound) })
	return r
}

// pages are those of rehab.md 7, each answered by the page that does its work now.
func (s *Service) pages(r chi.Router) {
	desk := web.Handler("rehab", s.boot("dashboard"))
	for _, path := range []string{"/", "/user", "/user_error"} {
		page(r, path, desk)
	}
	page(r, "/user_session_lobby", http.HandlerFunc(s.lobby))
	for _, view := range []string{"participant", "participant_localview", "participant_endpoint", "participant_error"} {
		page(r, "/"+view, web.Handler("participant", s.boot(view)))
	}
}

func page(r chi.Router, path string, h http.Handler) {
	r.Method(http.MethodGet, path, h)
	r.Method(http.MethodHead, path, h)
}

// boot is what a page is told by the server.
func (s *Service) boot(view string) any {
	return map[string]any{
		"page": view, "version": s.cfg.Version, "service_key": s.key, "service_uuid": s.uuid, "languages": languages,
	}
}

var languages = []string{"en", "fr"}

func (s *Service) apiConfig(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"version": s.cfg.Version, "service_key": s.key, "service_uuid": s.uuid, "languages": languages,
	})
}

// lobby leads an old link into the dashboard. The token goes behind "#", which is sent to nobody.
func (s *Service) lobby(w http.ResponseWriter, q *http.Request) {
	fragment := url.Values{}
	for _, name := range []string{"session_uuid", "token"} {
		if v := q.URL.Query().Get(name); v != "" {
			fragment.Set(name, v)
		}
	}
	target := "./"
	if len(fragment) > 0 {
		target += "#" + fragment.Encode()
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Location", target) // relative: the proxy's prefix is not known here
	w.WriteHeader(http.StatusFound)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) //nolint:errcheck // the client has gone
}

func refuseAPI(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]string{"error": text})
}
