package rehab

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/connectivity"
	"github.com/gotera/gotera/rehab/metrics"
	"github.com/gotera/gotera/rehab/outbox"
	"github.com/gotera/gotera/rehab/relay"
	"github.com/gotera/gotera/rehab/room"
)

// actionTime is how long one session_manage call may take: its caller gives up after 10 s, and would not learn of what
// is done later.
const actionTime = 9 * time.Second

// maxSessions that were stopped are remembered, so that a second stop gets the answer of the first.
const rememberStopped = 256

// Service is the running sessions and what they need.
type Service struct {
	cfg   Config
	log   *slog.Logger
	bus   *bus.Bus
	key   string // service_key
	uuid  string // service_uuid
	dir   string // state directory
	grace time.Duration

	keys     *keyring
	core     *backend.Client
	outbox   *outbox.Outbox
	host     *room.Host
	relay    *relay.Relay // the TURN server; nil: none
	publish  *publisher
	presence *presence
	hub      *hub
	access   *access
	actions  *locks
	metrics  *metrics.Metrics

	connectivity *connectivity.Server                                // nil when its port is taken
	relays       func(mediaPort int, peer string) []signal.ICEServer // TURN servers with credentials for that port; nil: none

	ctx    context.Context // of what runs in the background
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu       sync.Mutex // guards the fields below
	sessions map[int64]*session
	added    uint64                // sessions so far
	stopped  map[int64]backend.Row // last answers of stop
	order    []int64               // of stopped, oldest first
	closed   bool
}

// newService prepares everything but starts nothing. info is what the core says of this service.
func newService(ctx context.Context, cfg Config, b *bus.Bus, info serviceInfo) (*Service, error) {
	s := &Service{
		cfg: cfg, log: cfg.Log, bus: b, key: info.Key, uuid: info.UUID,
		dir:      cfg.Rehab.WebRTC.StateDirectory,
		grace:    time.Duration(cfg.Rehab.WebRTC.GraceSeconds) * time.Second,
		keys:     newKeyring(b, info.UUID),
		publish:  newPublisher(b, info.Key, cfg.Log),
		actions:  newLocks(),
		sessions: map[int64]*session{}, stopped: map[int64]backend.Row{},
	}
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.metrics = s.newMetrics()
	s.presence = newPresence(s)
	s.hub = newHub()
	var err error
	if err := s.startRelay(); err != nil {
		return nil, err
	}
	if s.host, err = s.newHost(); err != nil {
		return nil, err
	}
	s.core, err = backend.New(backend.Config{
		URL: cfg.Rehab.Backend.URL(), CA: cfg.Rehab.Backend.CA, Token: s.keys.serviceToken,
	})
	if err != nil {
		return nil, err
	}
	s.access = newAccess(s.core.Participants, cfg.Log)
	s.outbox, err = outbox.Open(outbox.Config{
		Dir: filepath.Join(s.dir, "outbox"), Send: s.deliver, Permanent: backend.Permanent, Log: cfg.Log,
	})
	if err != nil {
		return nil, err
	}
	s.connectivity = s.newConnectivity()
	return s, nil
}

// session finds a running session by its id, or by its uuid.
func (s *Service) session(id int64, uuid string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id != 0 {
		return s.sessions[id]
	}
	for _, n := range s.sessions {
		if n.uuid == uuid { // written before it was added
			return n
		}
	}
	return nil
}

// all returns the running sessions.
func (s *Service) all() []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*session, 0, len(s.sessions))
	for _, n := range s.sessions {
		list = append(list, n)
	}
	return list
}

// before returns the running sessions that were added before n.
func (s *Service) before(n *session) []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*session
	for _, other := range s.sessions {
		if other.place < n.place {
			list = append(list, other)
		}
	}
	return list
}

func (s *Service) add(n *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.added++
	n.place = s.added
	s.sessions[n.id] = n
	delete(s.stopped, n.id)
}

// drop forgets a session; row is what stop answered.
func (s *Service) drop(n *session, row backend.Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions[n.id] == n {
		delete(s.sessions, n.id)
	}
	if _, known := s.stopped[n.id]; !known {
		s.order = append(s.order, n.id)
	}
	s.stopped[n.id] = row
	if len(s.order) > rememberStopped {
		delete(s.stopped, s.order[0])
		s.order = s.order[1:]
	}
}

// background runs f on a goroutine that Run waits for; not after Run has begun to end.
func (s *Service) background(f func(context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.tasks.Go(func() { f(s.ctx) })
}

// finish ends what runs in the background and takes no more.
func (s *Service) finish() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.tasks.Wait()
}

// close lets the rooms live and frees the rest.
func (s *Service) close() {
	var leaving sync.WaitGroup
	for _, n := range s.all() {
		n.mu.Lock()
		n.ending = true
		r := n.room
		if n.timer != nil {
			n.timer.Stop()
		}
		n.mu.Unlock()
		if r != nil {
			leaving.Go(r.Leave)
		}
	}
	leaving.Wait()
	if s.connectivity != nil {
		s.connectivity.Echo.Close()
	}
	if s.relay != nil {
		s.relay.Close(s.cfg.StopRooms)
	}
	s.host.Close()
	s.core.Close()
}

// record has an event, or several, delivered to the core, now or when it answers again.
func (s *Service) record(id int64, typ int, texts ...string) *outbox.Entry {
	requests := make([]outbox.Request, 0, len(texts))
	for _, text := range texts {
		requests = append(requests, outbox.Request{Path: backend.EventsPath, Body: backend.EventBody(id, typ, time.Now(), s.key, text)})
	}
	e, err := s.outbox.Put(lane(id), true, requests...)
	if err != nil {
		s.log.Error("session event is lost", "session", id, "err", err)
	}
	return e
}

// settled waits a little for entries to be delivered: who asks the core after the answer then finds the events.
func settled(ctx context.Context, entries ...*outbox.Entry) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	for _, e := range entries {
		if e != nil {
			e.Wait(ctx) //nolint:errcheck // it is delivered later
		}
	}
}

// named is a member in the text of a session event.
func (n *session) named(who control.Who) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if m := n.members.find(who); m != nil && m.Name != "" {
		return fmt.Sprintf("%s (%s)", m.Name, who.UUID)
	}
	return who.UUID
}
