// Package websocket is OpenTera's event channel: /wss/user, /wss/participant and /wss/device send each account the
// events that it may see, as JSON. Nothing is taken from clients. Start at Hub; socket.go is one connection, deliver.go
// brings events to connections, filter.go says who is told what (core.md 6).
package websocket

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/registry"
	"github.com/gotera/gotera/proto/bus"
)

// Config configures a Hub.
type Config struct {
	Bus      *bus.Bus
	Registry *registry.Registry
	// Redeem exchanges the one-time id of a websocket URL for the uuid of its kind.
	Redeem func(ctx context.Context, kind core.Kind, id string) (uuid string, err error)
	// Open looks up an enabled account; ErrRefused when there is none.
	Open func(ctx context.Context, kind core.Kind, uuid string) (registry.Person, error)
	// Seers are the accounts whose access shows one.
	Seers func(ctx context.Context, whom Account) (map[Account]bool, error)
	// Members are the accounts that take part in a session.
	Members func(ctx context.Context, sessionUUID string) (map[Account]bool, error)
	Log     *slog.Logger // default slog.Default()
}

// Account is who a websocket belongs to.
type Account struct {
	Kind core.Kind
	UUID string
}

// ErrRefused: no enabled account of that kind has this uuid, or the id is not valid.
var ErrRefused = errors.New("websocket refused")

// Hub serves the websockets and can close them.
type Hub struct {
	cfg      Config
	upgrader websocket.Upgrader

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex // guards the fields below
	sockets map[*socket]bool
	events  *bus.Subscription // nil before Start
	closed  bool
}

// New returns a Hub.
func New(cfg Config) *Hub {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	h := &Hub{cfg: cfg, sockets: map[*socket]bool{}}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	// Clients are native programs and pages of other origins; no cookie counts here, only the one-time id.
	// Small buffers of their own, the one for writing only while there is something to write: thousands are idle.
	h.upgrader = websocket.Upgrader{
		CheckOrigin:    func(*http.Request) bool { return true },
		ReadBufferSize: 512, WriteBufferSize: 4096, WriteBufferPool: &sync.Pool{},
	}
	return h
}

// Serve returns the handler of one kind's URL.
func (h *Hub) Serve(kind core.Kind) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, kind) })
}

func (h *Hub) serve(w http.ResponseWriter, r *http.Request, kind core.Kind) {
	if !websocket.IsWebSocketUpgrade(r) {
		http.Error(w, "this is a websocket", http.StatusUpgradeRequired)
		return
	}
	uuid, err := h.cfg.Redeem(r.Context(), kind, r.URL.Query().Get("id"))
	if err != nil {
		h.refuse(w, kind, err)
		return
	}
	person, err := h.cfg.Open(r.Context(), kind, uuid)
	if err != nil {
		h.refuse(w, kind, err)
		return
	}
	conn, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil { // answered by Upgrade
		return
	}
	s := newSocket(h, conn, person)
	if !h.add(s) {
		s.goodbye(websocket.CloseGoingAway, "shutdown")
		return
	}
	go func() { // the request ends here
		defer h.remove(s)
		err := s.run(h.ctx)
		h.cfg.Log.Info("websocket closed", "kind", kind, "uuid", uuid, "reason", err)
	}()
}

func (h *Hub) refuse(w http.ResponseWriter, kind core.Kind, err error) {
	if errors.Is(err, ErrRefused) {
		h.cfg.Log.Info("websocket refused", "kind", kind)
		http.Error(w, "Forbidden", http.StatusForbidden)
		return
	}
	h.cfg.Log.Error("websocket not opened", "kind", kind, "error", err)
	http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
}

func (h *Hub) add(s *socket) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.sockets[s] = true
	h.wg.Add(1)
	return true
}

func (h *Hub) remove(s *socket) {
	h.mu.Lock()
	delete(h.sockets, s)
	h.mu.Unlock()
	h.wg.Done()
}

// Disconnect closes every websocket of an account with code 4000 (core.md 6).
func (h *Hub) Disconnect(kind core.Kind, uuid string) {
	for _, s := range h.find(func(a Account) bool { return a == Account{kind, uuid} }) {
		s.end(errCommanded)
	}
}

// Close closes every websocket and waits for their ends.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	events := h.events
	h.events = nil
	h.mu.Unlock()
	if events != nil {
		events.Close()
	}
	h.cancel()
	h.wg.Wait()
}
