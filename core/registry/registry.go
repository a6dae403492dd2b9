// Package registry is OpenTera's user manager: it knows who is online and who is in which session, tells everybody
// when that changes, and answers the RPC calls of core.md 7. Websockets report connections to it, services report
// sessions on its message topic. What it knows is in memory: it survives a restart of Redis; after a restart of the
// core, websockets come back by themselves and services announce their sessions again when they do.
// Start at Registry; messages.go has what comes in, announce.go what goes out.
package registry

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/proto/bus"
)

// Person is an account as events name it. Project and Site are of participants only.
type Person struct {
	Kind          core.Kind
	UUID, Name    string
	Project, Site string
}

// ErrUnknown: no such account.
var ErrUnknown = errors.New("unknown account")

// Config configures a Registry.
type Config struct {
	Bus *bus.Bus
	// Find looks up a person; ErrUnknown when there is none.
	Find func(ctx context.Context, kind core.Kind, uuid string) (Person, error)
	Log  *slog.Logger // default slog.Default()
}

// Registry is safe for concurrent use.
type Registry struct {
	bus  *bus.Bus
	find func(context.Context, core.Kind, string) (Person, error)
	log  *slog.Logger
	out  *announcer

	mu    sync.Mutex // guards the fields below; never held during I/O or callbacks
	kinds map[core.Kind]*presence
}

// kinds that can be online, in the order in which events name them.
var kinds = [...]core.Kind{core.KindUser, core.KindParticipant, core.KindDevice}

// presence is what is known of one kind of account.
type presence struct {
	connections map[string]int      // live websockets per uuid
	said        map[string]bool     // online because a message said so (a simulator, another front)
	order       []string            // online uuids, oldest first
	sessions    map[string][]string // session uuids per uuid; the first one counts as the session that keeps it busy
	status      map[string]Report   // devices only, while online
}

// Status of a user or participant.
type Status struct {
	Online bool `json:"online"`
	Busy   bool `json:"busy"`
}

// DeviceStatus adds what the device last reported, nil if nothing.
type DeviceStatus struct {
	Online bool    `json:"online"`
	Busy   bool    `json:"busy"`
	Status *Report `json:"status"`
}

// Report is what a device says of itself: Status is JSON text, Timestamp a JSON number.
type Report struct {
	Status    string          `json:"status"`
	Timestamp json.RawMessage `json:"timestamp"`
}

// New returns a Registry that knows nobody. Run makes it listen.
func New(cfg Config) *Registry {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	r := &Registry{bus: cfg.Bus, find: cfg.Find, log: cfg.Log, kinds: map[core.Kind]*presence{}}
	for _, k := range kinds {
		r.kinds[k] = &presence{
			connections: map[string]int{}, said: map[string]bool{},
			sessions: map[string][]string{}, status: map[string]Report{},
		}
	}
	r.out = newAnnouncer(r)
	return r
}

// Online lists who is online, oldest connection first.
func (r *Registry) Online(kind core.Kind) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.kinds[kind].order...)
}

// IsOnline reports whether uuid has a live websocket.
func (r *Registry) IsOnline(kind core.Kind, uuid string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kinds[kind].online(uuid)
}

// Busy gives the session that keeps each busy uuid.
func (r *Registry) Busy(kind core.Kind) map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	busy := make(map[string]string, len(r.kinds[kind].sessions))
	for uuid, sessions := range r.kinds[kind].sessions {
		busy[uuid] = sessions[0]
	}
	return busy
}

// Statuses lists everybody of a kind who is online or busy.
func (r *Registry) Statuses(kind core.Kind) map[string]Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.kinds[kind]
	all := make(map[string]Status, len(p.order)+len(p.sessions))
	for _, uuid := range p.order {
		all[uuid] = Status{Online: true}
	}
	for uuid := range p.sessions {
		all[uuid] = Status{Online: all[uuid].Online, Busy: true}
	}
	return all
}

// Devices is Statuses for devices, with their reports.
func (r *Registry) Devices() map[string]DeviceStatus {
	all := map[string]DeviceStatus{}
	for uuid, s := range r.Statuses(core.KindDevice) {
		all[uuid] = DeviceStatus{Online: s.Online, Busy: s.Busy}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for uuid, report := range r.kinds[core.KindDevice].status {
		if s, ok := all[uuid]; ok {
			s.Status = &report
			all[uuid] = s
		}
	}
	return all
}

func (p *presence) online(uuid string) bool { return p.connections[uuid] > 0 || p.said[uuid] }

// connected counts one more websocket, or notes that uuid is said to be online.
func (p *presence) connected(uuid string, said bool) {
	if !p.online(uuid) {
		p.order = append(p.order, uuid)
	}
	if said {
		p.said[uuid] = true
	} else {
		p.connections[uuid]++
	}
}

// disconnected undoes connected and reports whether uuid went offline.
func (p *presence) disconnected(uuid string, said bool) bool {
	was := p.online(uuid)
	if said {
		delete(p.said, uuid)
	} else if p.connections[uuid]--; p.connections[uuid] <= 0 {
		delete(p.connections, uuid)
	}
	if !was || p.online(uuid) {
		return false
	}
	delete(p.status, uuid)
	p.order = slices.DeleteFunc(p.order, func(u string) bool { return u == uuid })
	return true
}

func (p *presence) join(uuid, session string) {
	if !slices.Contains(p.sessions[uuid], session) {
		p.sessions[uuid] = append(p.sessions[uuid], session)
	}
}

// leave frees uuid from session. It reports false if uuid is in other sessions only: then it did not leave.
func (p *presence) leave(uuid, session string) bool {
	sessions := p.sessions[uuid]
	if len(sessions) > 0 && !slices.Contains(sessions, session) {
		return false
	}
	sessions = slices.DeleteFunc(slices.Clone(sessions), func(s string) bool { return s == session })
	if len(sessions) == 0 {
		delete(p.sessions, uuid)
	} else {
		p.sessions[uuid] = sessions
	}
	return true
}

// in lists who is in session.
func (p *presence) in(session string) []string {
	var uuids []string
	for uuid, sessions := range p.sessions {
		if slices.Contains(sessions, session) {
			uuids = append(uuids, uuid)
		}
	}
	slices.Sort(uuids)
	return uuids
}
