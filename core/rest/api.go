// Package rest is OpenTera's REST interface (core.md 4): parsing, who may call what, and the exact answers that its
// clients know. What is stored is core/store's affair, who is online core/registry's, tokens are core/login's.
// Start at routes.go: each line leads to a file of the same name. Arguments are declared beside the operation that takes
// them; call.go is one request.
package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/archive"
	"github.com/gotera/gotera/core/authority"
	"github.com/gotera/gotera/core/login"
	"github.com/gotera/gotera/core/registry"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/proto/bus"
)

// Config configures an API.
type Config struct {
	Store    *store.Store
	Bus      *bus.Bus
	Login    *login.Login
	Registry *registry.Registry
	Archives *archive.Archiver
	// Disconnect closes the websockets of an account.
	Disconnect func(kind core.Kind, uuid string)
	Authority  *authority.Authority // signs the certificates of devices
	Tests      bool                 // no limit on registrations
	Docs       bool                 // publish the documentation of the API
	// Reset puts the test data back; nil outside of test mode.
	Reset    func(context.Context) error
	Name     string // of the server, shown by authenticators
	Hostname string // how clients reach the server, when no proxy says otherwise
	Port     int
	Log      *slog.Logger // default slog.Default()
}

// API serves the routes. Safe for concurrent use.
type API struct {
	store *store.Store
	login *login.Login
	reg   *registry.Registry
	cfg   Config
	log   *slog.Logger

	registrations *limiter // of devices
}

// registerInterval is how often an address may register a device.
const registerInterval = time.Second

// New returns the API.
func New(cfg Config) *API {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	a := &API{store: cfg.Store, login: cfg.Login, reg: cfg.Registry, cfg: cfg, log: cfg.Log, registrations: newLimiter(registerInterval)}
	if cfg.Tests {
		a.registrations = newLimiter(0)
	}
	return a
}

// Mount adds the routes and the pages to r.
func (a *API) Mount(r chi.Router) {
	a.mountPages(r)
	if a.cfg.Reset != nil {
		r.Get("/api/test/database/reset", a.testDatabaseReset)
	}
	methods := map[string][]string{}
	for _, route := range routes {
		r.Method(route.method, route.path, a.handler(route))
		methods[route.path] = append(methods[route.path], route.method)
		if route.method == http.MethodGet {
			r.Method(http.MethodHead, route.path, a.handler(route))
			methods[route.path] = append(methods[route.path], http.MethodHead)
		}
	}
	for path, list := range methods {
		allowed := strings.Join(append(list, http.MethodOptions), ", ")
		r.MethodFunc(http.MethodOptions, path, func(w http.ResponseWriter, _ *http.Request) {
			headers(w)
			w.Header().Set("Allow", allowed)
		})
	}
}

// MethodNotAllowed answers a wrong method (core.md 3.1).
func MethodNotAllowed(w http.ResponseWriter, r *http.Request) {
	headers(w)
	var allowed []string
	if at := chi.RouteContext(r.Context()); at != nil {
		for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete, http.MethodOptions} {
			if at.Routes.Match(chi.NewRouteContext(), m, r.URL.Path) {
				allowed = append(allowed, m)
			}
		}
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	write(w, http.StatusMethodNotAllowed, map[string]any{"message": "The method is not allowed for the requested URL."})
}

// NotFound answers an unknown path (core.md 3.1).
func NotFound(w http.ResponseWriter, _ *http.Request) {
	headers(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte("<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"))
}

// headers are on every answer (core.md 3.1); clients on other origins need the first three.
func headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Headers", "*")
	h.Set("Access-Control-Allow-Methods", "*")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Cache-Control", "no-store") // answers hold tokens and patients' names
	h.Set("X-Content-Type-Options", "nosniff")
}

// handler serves one operation: who is it, what is asked, then the operation itself.
func (a *API) handler(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers(w)
		defer a.recover(w, r)
		c := &call{Request: r, Writer: w, api: a}
		v, err := a.serve(route, c)
		a.answer(c, v, err)
	})
}

func (a *API) serve(route route, c *call) (any, error) {
	var err error
	if c.id, err = route.auth.find(a, c); err != nil {
		return nil, err
	}
	if c.args, err = route.in.parse(c); err != nil {
		return nil, err
	}
	return route.serve(a, c)
}

// answer writes what an operation returned.
func (a *API) answer(c *call, v any, err error) {
	var d *login.Denied
	switch {
	case errors.As(err, &d):
		deny(c.Writer, d)
	case err != nil:
		f, known := asFailure(err)
		if !known && c.Request.Context().Err() == nil {
			a.log.Error("request failed", "method", c.Request.Method, "path", c.Request.URL.Path, "error", err)
		}
		write(c.Writer, f.status, f.value)
	default:
		if v, ok := v.(answer); ok {
			write(c.Writer, v.status, v.value)
			return
		}
		write(c.Writer, http.StatusOK, v)
	}
}

func deny(w http.ResponseWriter, d *login.Denied) {
	switch d.Shape {
	case login.Plain:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(d.Status)
		_, _ = w.Write([]byte(d.Text))
	case login.String:
		write(w, d.Status, d.Text)
	default:
		write(w, d.Status, map[string]any{"message": d.Text})
	}
}

// recover turns a panic into a 500, so that one request does not end the server.
func (a *API) recover(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	a.log.Error("request panicked", "method", r.Method, "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
	write(w, http.StatusInternalServerError, map[string]any{"message": "Internal Server Error"})
}
