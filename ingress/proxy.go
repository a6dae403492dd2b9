package ingress

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync/atomic"
	"time"
)

// proxy serves the table.
type proxy struct {
	cfg     Config
	log     *slog.Logger
	routes  []route
	proxies map[string]*httputil.ReverseProxy // by the route's path
	down    map[string]*atomic.Bool           // by the route's path: its service did not answer last time
	limit   time.Duration                     // clientTimeout; shorter in tests
}

func newProxy(cfg Config) *proxy {
	p := &proxy{
		cfg: cfg, log: cfg.Log, routes: cfg.routes(), limit: clientTimeout,
		proxies: map[string]*httputil.ReverseProxy{}, down: map[string]*atomic.Bool{},
	}
	for i := range p.routes {
		r := &p.routes[i]
		p.down[r.path] = new(atomic.Bool)
		p.proxies[r.path] = &httputil.ReverseProxy{
			Rewrite:        func(pr *httputil.ProxyRequest) { p.rewrite(r, pr) },
			Transport:      newTransport(r.timeout),
			FlushInterval:  -1, // nothing waits here
			ErrorHandler:   func(w http.ResponseWriter, req *http.Request, err error) { p.failed(r, w, err) },
			ModifyResponse: func(res *http.Response) error { return p.answered(r, res) },
			ErrorLog:       slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // its lines may hold URLs
		}
	}
	return p
}

type targetKey struct{}

// target is where one request goes: a host:port, and how much of its path is left out.
type target struct {
	addr   string
	prefix int
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	timed := newTimedWriter(w, p.limit)
	var body *timedBody
	if req.Body != nil && req.Body != http.NoBody {
		body = timed.body(req)
		defer body.release()
	}
	path := req.URL.Path
	if !strings.HasPrefix(path, "/") || hasDotSegment(path) {
		http.Error(w, "bad path", http.StatusBadRequest)
		return
	}
	for _, r := range p.routes {
		if r.strip && !r.room() && path == strings.TrimSuffix(r.path, "/") {
			redirect(w, r.path, req.URL.RawQuery)
			return
		}
	}
	r := match(p.routes, path)
	to := target{addr: r.target}
	if r.room() {
		var ok bool
		if to.addr, to.prefix, ok = p.cfg.roomAddr(r, path); !ok {
			http.Error(w, "no such room", http.StatusNotFound)
			return
		}
	} else {
		to.prefix = len(r.path) - 1
	}
	if req.ContentLength > r.body {
		w.Header().Set("Connection", "close")
		http.Error(w, "request body too large", http.StatusRequestEntityTooLarge)
		return
	}
	if !r.upgrade || !strings.EqualFold(req.Header.Get("Upgrade"), "websocket") {
		req.Header.Del("Upgrade")
	}
	req = req.WithContext(context.WithValue(req.Context(), targetKey{}, to))
	if body != nil { // of this copy alone: the server has to find its own, to know whether the connection can have another request
		req.Body = http.MaxBytesReader(w, body, r.body)
	}
	p.proxies[r.path].ServeHTTP(timed, req)
}

// redirect answers 301 with a relative URL: the port that the client used may not be the one that is listened on.
func redirect(w http.ResponseWriter, path, query string) {
	if query != "" {
		path += "?" + query
	}
	w.Header().Set("Location", path)
	w.WriteHeader(http.StatusMovedPermanently)
}

// hasDotSegment reports whether path would mean something else after RFC 3986, section 5.2.4.
func hasDotSegment(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

func (p *proxy) rewrite(r *route, pr *httputil.ProxyRequest) {
	to := pr.In.Context().Value(targetKey{}).(target)
	u := pr.Out.URL
	u.Scheme, u.Host = "http", to.addr
	u.RawQuery = pr.In.URL.RawQuery // as it came
	if r.strip {
		u.Path = u.Path[to.prefix:]
		if raw, ok := strings.CutPrefix(u.RawPath, pr.In.URL.Path[:to.prefix]); ok {
			u.RawPath = raw
		} else {
			u.RawPath = "" // the prefix itself was escaped: the rest is escaped anew
		}
	}
	p.setHeaders(r, pr)
}

// answered sees each answer of a service.
func (p *proxy) answered(r *route, res *http.Response) error {
	if p.down[r.path].Swap(false) && !r.room() {
		p.log.Info("service is back", "route", r.path)
	}
	if r.strip && !r.room() {
		p.fixLocation(res)
	}
	return nil
}

// failed answers for a service that did not.
func (p *proxy) failed(r *route, w http.ResponseWriter, err error) {
	var tooLarge *http.MaxBytesError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, http.ErrAbortHandler):
		w.WriteHeader(http.StatusBadGateway) // the client has gone
		return
	case errors.As(err, &tooLarge):
		http.Error(w, "request body too large", http.StatusRequestEntityTooLarge)
		return
	case errors.Is(err, errStalledClient):
		http.Error(w, "request body stalled", http.StatusRequestTimeout)
		return
	case errors.As(err, &timeout) && timeout.Timeout():
		http.Error(w, "the service does not answer", http.StatusGatewayTimeout)
	default:
		http.Error(w, notRunning, http.StatusBadGateway)
	}
	switch {
	case r.room():
		p.log.Debug("room does not answer", "route", r.path) // it has ended
	case !p.down[r.path].Swap(true):
		p.log.Warn("service does not answer", "route", r.path, "err", cause(err))
	}
}

// notRunning is what people read when a service is down, in both languages of the pages; the NGINX site says the same.
const notRunning = `This session is over, or the service is just starting. Try again in a moment, or ask for a new invitation.

Cette séance est terminée, ou le service démarre à peine. Réessayez dans un instant, ou demandez une nouvelle invitation.`

// cause is err without the URL that net/http puts around it.
func cause(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op
	}
	return errors.New("no valid answer")
}
