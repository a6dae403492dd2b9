// Package metrics counts what rehab and its rooms do, for Prometheus. Rooms tell rehab of themselves every few seconds;
// nothing is asked of them when the metrics are read, so a room that hangs delays nobody. Labels are kinds, directions and
// words only: no uuid, name, session or port is ever one. Start at Metrics; docs/metrics.md has the table.
package metrics

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/rehab/turn"
)

// Config says what is read from the service each time the metrics are.
type Config struct {
	Version  string
	Sessions func() int // running
	Ports    int        // of sessions, in all
	Outbox   func() int // requests that wait for the core
}

// Metrics is one service's. Its methods may be called from any goroutine and do not wait for others.
type Metrics struct {
	registry *prometheus.Registry
	cfg      Config
	began    time.Time
	c        counters

	mu    sync.Mutex // guards the fields below
	rooms map[int]*room
	turn  func() (st turn.Status, known bool) // nil: there is no TURN server
}

// room is what a room has told of itself.
type room struct {
	own     bool // launched by this rehab: its counters count from the start
	process *control.Process
	peers   map[string]control.PeerQuality
}

// New makes the metrics of a service that begins now.
func New(cfg Config) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), cfg: cfg, began: time.Now(), c: newCounters(), rooms: map[int]*room{}}
	m.registry.MustRegister(m.c.all()...)
	m.registry.MustRegister(now{m}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler answers with the metrics in Prometheus' text format, or in OpenMetrics when asked for.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, EnableOpenMetrics: true})
}

// ServeTURN has the metrics of a TURN server served, too, from what status says.
func (m *Metrics) ServeTURN(status func() (st turn.Status, known bool)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn = status
}

// RoomStarted notes that the room on a port was launched; again: in place of one that died.
func (m *Metrics) RoomStarted(port int, again bool) {
	if again {
		m.c.restarts.Inc()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rooms[port] = &room{own: true, peers: map[string]control.PeerQuality{}}
}

// RoomLost notes a room that died too often.
func (m *Metrics) RoomLost() { m.c.lostRooms.Inc() }

// RoomEnded forgets a room.
func (m *Metrics) RoomEnded(port int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rooms, port)
}

// StartTook notes how long a room took until it took peers.
func (m *Metrics) StartTook(d time.Duration, err error) {
	m.c.starts.WithLabelValues(result(err == nil)).Observe(d.Seconds())
}

// CallTook notes an answered session_manage; action must be one of a fixed set.
func (m *Metrics) CallTook(action string, ok bool, d time.Duration) {
	m.c.calls.WithLabelValues(action, result(ok)).Observe(d.Seconds())
}

func result(ok bool) string {
	if ok {
		return "ok"
	}
	return "error"
}

// Take takes an event of the room on a port.
func (m *Metrics) Take(port int, e control.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rooms[port]
	if r == nil {
		r = &room{peers: map[string]control.PeerQuality{}}
		m.rooms[port] = r
	}
	switch {
	case e.Type == control.EventState:
		here := make(map[string]control.PeerQuality, len(e.Peers))
		for _, p := range e.Peers {
			if known, ok := r.peers[p.ID]; ok {
				here[p.ID] = known
			}
		}
		r.peers = here
	case e.Type == control.EventLeft && e.Peer != nil:
		delete(r.peers, e.Peer.ID)
	case e.Type == control.EventQuality && e.Quality != nil:
		m.addLocked(r, e.Quality)
	}
}

func (m *Metrics) addLocked(r *room, q *control.Quality) {
	if p := q.Process; p != nil {
		before := r.process
		if before == nil || before.PID != p.PID {
			before = &control.Process{}
			if !r.own { // what it did before this rehab is in the counters of an earlier one
				before = p
			}
		}
		m.c.process(*before, *p)
		r.process = p
	}
	for _, p := range q.Peers {
		before, known := r.peers[p.ID]
		if !known && p.Since.Before(m.began) {
			before = p // likewise
		}
		m.c.peer(before, p)
		r.peers[p.ID] = p
	}
}
