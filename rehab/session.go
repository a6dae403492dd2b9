package rehab

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/room"
)

// session is one running session. Actions on it are carried out one after another (Service.actions); what its room
// reports changes it at any time.
type session struct {
	svc     *Service
	log     *slog.Logger
	spec    room.Spec
	started time.Time // of this run; its monotonic clock counts the duration
	room    *room.Room
	place   uint64 // in the order of starts; guarded by Service.mu

	saving  sync.Mutex // one record at a time, in order; held during I/O
	journal journal

	mu          sync.Mutex // guards the fields below
	info        backend.Row
	id          int64
	uuid, name  string
	creator     control.Who
	creatorName string
	members     members
	process     room.Process
	peers       map[string]control.Peer
	reinviting  map[control.Who]context.CancelFunc // ends inviteMissing of a device that has lost the room
	lost        []missing                          // with the room before this one, which is not ready yet
	phase       string                             // of the record
	seenCreator bool                               // the creator was online or in the room: from then on its absence counts
	creatorGone time.Time
	abandoning  bool // the grace time is over and the session is being stopped
	ending      bool // being stopped: reports of the room count no more
	timer       *time.Timer
}

func (s *Service) newSession(spec room.Spec, started time.Time) *session {
	return &session{
		svc: s, log: s.log.With("port", spec.Port), spec: spec, started: started,
		info: backend.Row{}, peers: map[string]control.Peer{}, reinviting: map[control.Who]context.CancelFunc{}, phase: phaseStarting,
	}
}

// adoptRowLocked takes over what the core says of the session.
func (n *session) adoptRowLocked(row backend.Row) {
	n.info = row
	n.id, n.uuid, n.name = row.Int("id_session"), row.Text("session_uuid"), row.Text("session_name")
	n.creator, n.creatorName = row.Creator()
	n.nameMembersLocked(row)
}

// nameMembersLocked takes the members' names from a row.
func (n *session) nameMembersLocked(row backend.Row) {
	for _, kind := range kinds {
		for _, p := range row.People(kind) {
			if m := n.members.find(control.Who{Kind: kind, UUID: p.UUID}); m != nil && p.Name != "" {
				m.Name = p.Name
			}
		}
	}
}

// answer is the session as the caller of session_manage gets it (rehab.md 3).
func (n *session) answer() backend.Row {
	n.mu.Lock()
	defer n.mu.Unlock()
	a := n.info.Clone()
	for _, kind := range kinds {
		a["session_"+kind+"s"] = n.members.uuids(kind, true)
		a["session_url_"+kind+"s"] = n.svc.sharedURL(n.spec, kind)
	}
	a["session_key"] = n.spec.Key
	a["session_creator_uuid"] = nil
	if n.creator.UUID != "" {
		a["session_creator_uuid"] = n.creator.UUID
	}
	return a
}

// Describe is what the room knows (room.Owner).
func (n *session) Describe() control.Session {
	n.mu.Lock()
	defer n.mu.Unlock()
	d := control.Session{UUID: n.uuid, Name: n.name, StartedAt: n.started.UTC(), Creator: n.creator, Invitees: []control.Invitee{}}
	for _, m := range n.members {
		if m.Active {
			d.Invitees = append(d.Invitees, control.Invitee{Kind: m.Kind, UUID: m.UUID, Name: m.Name, Status: n.statusLocked(m)})
		}
	}
	return d
}

// statusLocked is a member's status as people see it.
func (n *session) statusLocked(m *member) string {
	if m.Active && m.Status == control.Invited && n.svc.presence.online(m.Who) {
		return control.Online
	}
	return m.Status
}

// belongsLocked reports whether who gets this session's invitation: members, and the creator unless removed.
func (n *session) belongsLocked(who control.Who) bool {
	if m := n.members.find(who); m != nil {
		return m.Active
	}
	return who == n.creator
}

// changed saves the session, tells its room and the pages, and sets the timer for what changes by itself.
func (n *session) changed() {
	n.save()
	n.arm()
	if r := n.liveRoom(); r != nil {
		r.Touch()
	}
	n.svc.hub.notify()
}

func (n *session) liveRoom() *room.Room {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ending {
		return nil
	}
	return n.room
}

// update tells the room who is invited, and waits for it: removed invitees are out when it returns, unless the room is
// dead, in which case it comes back with the new list.
func (n *session) update(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if r := n.liveRoom(); r != nil {
		if err := r.Update(ctx); err != nil {
			n.log.Warn("room will hear later", "err", err)
		}
	}
}

// arm sets the one timer of a session to the next thing that happens by itself.
func (n *session) arm() {
	n.mu.Lock()
	defer n.mu.Unlock()
	var next time.Time
	sooner := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, m := range n.members {
		at, _ := m.deadline()
		sooner(at)
	}
	if !n.creatorGone.IsZero() && !n.abandoning {
		sooner(n.creatorGone.Add(n.svc.grace))
	}
	if n.timer != nil {
		n.timer.Stop()
	}
	if !next.IsZero() && !n.ending {
		n.timer = time.AfterFunc(time.Until(next), n.tick)
	}
}

// tick does what is due.
func (n *session) tick() {
	now := time.Now()
	n.mu.Lock()
	if n.ending {
		n.mu.Unlock()
		return
	}
	moved := false
	for _, m := range n.members {
		if at, next := m.deadline(); !at.IsZero() && !now.Before(at) {
			moved = m.set(next, now) || moved
		}
	}
	abandoned := !n.creatorGone.IsZero() && !n.abandoning && !now.Before(n.creatorGone.Add(n.svc.grace))
	n.abandoning = n.abandoning || abandoned
	n.mu.Unlock()
	if moved {
		n.changed()
	} else {
		n.arm()
	}
	if abandoned {
		n.svc.background(func(ctx context.Context) { n.svc.abandon(ctx, n) })
	}
}

// elapsed is how long this run has lasted, in whole seconds.
func (n *session) elapsed() int64 { return max(0, int64(time.Since(n.started).Seconds())) }
