package rehab

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/room"
)

// roomTime is what the room may take of an action's time; the rest is for the core.
const roomTime = 6 * time.Second

// start begins a session: a new one, or one that exists as a row (planned, or over and resumed). The room is launched
// and takes peers before anything is written to the core; whatever fails is undone. The invitations follow the answer.
// Upstream writes the row first and leaves it in progress when the room fails.
func (s *Service) start(ctx context.Context, r request) (answer, error) {
	if r.id == 0 && r.uuid != "" {
		row, err := s.core.SessionByUUID(ctx, r.uuid)
		if err != nil {
			return answer{}, because("The session cannot be read", err)
		}
		r.id = row.Int("id_session")
	}
	if r.id == 0 {
		if r.typ == 0 {
			return answer{}, failf("id_session_type is missing: a new session needs it")
		}
		n, err := s.launch(ctx, r, nil)
		if err != nil {
			return answer{}, err
		}
		return s.opened(ctx, n), nil
	}
	unlock, err := s.actions.lock(ctx, lane(r.id))
	if err != nil {
		return answer{}, because("The session is busy", err)
	}
	unlock = sync.OnceFunc(unlock)
	defer unlock()
	if n := s.session(r.id, ""); n != nil {
		return s.startAgain(ctx, n, r)
	}
	n, err := s.restart(ctx, r)
	unlock() // see opened
	if err != nil {
		return answer{}, err
	}
	return s.opened(ctx, n), nil
}

// restart begins a session that exists as a row.
func (s *Service) restart(ctx context.Context, r request) (*session, error) {
	if s.outbox.Has(lane(r.id)) { // its last stop would overwrite this start
		return nil, failf("The last run of this session is not recorded yet; try again in a moment")
	}
	row, err := s.core.Session(ctx, r.id)
	if err != nil {
		return nil, because("The session cannot be read", err)
	}
	return s.launch(ctx, r, row)
}

// launch carries out a start; row is nil for a new session.
func (s *Service) launch(ctx context.Context, r request, row backend.Row) (*session, error) {
	n, err := s.openRoom(ctx, r)
	if err != nil {
		return nil, because("The session cannot be started", err)
	}
	if err := s.commit(ctx, n, r, row); err != nil {
		s.undo(n)
		return nil, err
	}
	return n, nil
}

// opened is what follows a start. No lane is held, not even the session's own, since it waits for those of others.
func (s *Service) opened(ctx context.Context, n *session) answer {
	s.replaceOther(ctx, n)
	n.watchCreator()
	n.arm()
	n.update(ctx)
	s.hub.notify()
	n.log.Info("session started", "session", n.id)
	return answer{status: "started", session: n.answer(), after: n.inviteAll}
}

// openRoom launches the room on a free port. A port on which something else listens is left out.
func (s *Service) openRoom(ctx context.Context, r request) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, roomTime)
	defer cancel()
	skip := map[int]bool{}
	var used error
	for {
		lock, err := s.host.Reserve(skip)
		if err != nil {
			if used != nil && errors.Is(err, room.ErrNoFreePort) {
				err = used
			}
			return nil, err
		}
		spec := room.Spec{Port: lock.Port, Key: uuid.NewString(), Secret: control.NewSecret()}
		n := s.newSession(spec, time.Now())
		n.members.invite(r.who(), n.started)
		launched := time.Now()
		n.room, err = s.host.Start(ctx, spec, lock, n)
		s.metrics.StartTook(time.Since(launched), err)
		if err == nil {
			return n, nil
		}
		n.forget()
		var exit *room.ExitError
		if !errors.As(err, &exit) || exit.Code != control.ExitPortUsed {
			return nil, err
		}
		n.log.Warn("another program listens on a session port", "err", err)
		skip[spec.Port], used = true, err
	}
}

// commit writes the row and the START event, and makes the session a running one.
func (s *Service) commit(ctx context.Context, n *session, r request, before backend.Row) error {
	row, err := s.writeRow(ctx, n, r, before)
	if err != nil {
		return err
	}
	id := row.Int("id_session")
	event, err := s.core.PostEvent(ctx, backend.EventBody(id, backend.SessionStart, time.Now(), s.key, ""))
	if err != nil {
		s.restoreRow(id, before)
		return because("The START event cannot be recorded", err)
	}
	events, _ := before["session_events"].([]any)
	row["session_events"] = append(events[:len(events):len(events)], map[string]any(event))
	n.mu.Lock()
	n.adoptRowLocked(row)
	n.phase = phaseRunning
	n.mu.Unlock()
	if err := n.trySave(nil); err != nil {
		s.restoreRow(id, before)
		return because("The session cannot be saved", err)
	}
	s.add(n)
	return nil
}

// writeRow creates the row, or sets that of an existing session in progress with the members of this start; its start
// time stays. Upstream leaves the status and the members of an existing row as they were.
func (s *Service) writeRow(ctx context.Context, n *session, r request, before backend.Row) (backend.Row, error) {
	fields := backend.Row{"id_session": r.id}
	for _, kind := range kinds {
		list := n.members.uuids(kind, false)
		if before != nil {
			list = union(list, before.People(kind))
		}
		fields["session_"+kind+"s_uuids"] = list
	}
	if before != nil {
		fields["session_status"] = backend.InProgress
		row, err := s.core.PostSession(ctx, fields)
		if err != nil {
			return nil, because("The session cannot be changed", err)
		}
		return row, nil
	}
	fields["id_session_type"] = r.typ
	fields["session_parameters"] = nil
	if r.parameters != nil {
		fields["session_parameters"] = r.parameters
	}
	for name, value := range r.creators {
		fields[name] = wholeNumber(value)
	}
	row, err := s.core.PostSession(ctx, fields)
	if err != nil {
		return nil, because("The session cannot be created", err)
	}
	return row, nil
}

// restoreRow takes a row out of progress, as soon as the core takes it.
func (s *Service) restoreRow(id int64, before backend.Row) {
	status := int64(backend.Cancelled)
	if before != nil && before.Int("session_status") != backend.InProgress {
		status = before.Int("session_status")
	}
	s.postLater(id, backend.Row{"id_session": id, "session_status": status})
}

// undo removes a session that was not committed.
func (s *Service) undo(n *session) {
	n.mu.Lock()
	n.ending = true
	n.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), 5*time.Second)
	defer cancel()
	if err := n.room.Stop(ctx); err != nil {
		n.log.Warn("room of a failed start still ends", "err", err)
	}
	n.forget()
}

// replaceOther stops another session of the same creator, with all its events: OpenTera's clients handle one session at
// a time, and upstream kills the other without a word. A service may have many. Only sessions that were there before are
// stopped: of several started at once the last remains.
func (s *Service) replaceOther(ctx context.Context, n *session) {
	if n.creator.UUID == "" || n.creator.Kind == "service" {
		return
	}
	for _, other := range s.before(n) {
		if other.creatorWho() != n.creator {
			continue
		}
		unlock, err := s.actions.lock(ctx, lane(other.id))
		if err != nil {
			other.log.Warn("earlier session of the same creator is busy and goes on", "session", other.id)
			continue
		}
		if s.session(other.id, "") == other {
			e := ending{Status: backend.Completed, Text: "Its creator started another session"}
			s.end(ctx, other, e)
		}
		unlock()
	}
}

// startAgain answers a start of a session that runs already: the same session with the same URLs. People who refused or
// are new are invited; people who were removed stay out, since the core adds them to the lists (see fill.go).
func (s *Service) startAgain(ctx context.Context, n *session, r request) (answer, error) {
	var wanted []control.Who
	n.mu.Lock()
	for _, who := range r.who() {
		if m := n.members.find(who); m == nil || m.Status != control.Removed {
			wanted = append(wanted, who)
		}
	}
	n.mu.Unlock()
	if err := s.addMembers(ctx, n, wanted); err != nil {
		return answer{}, err
	}
	return answer{status: "started", session: n.answer(), after: n.inviteAll}, nil
}

func union(list []string, people []backend.Person) []string {
	seen := map[string]bool{}
	for _, uuid := range list {
		seen[uuid] = true
	}
	for _, p := range people {
		if !seen[p.UUID] {
			list = append(list, p.UUID)
		}
	}
	return list
}

// wholeNumber passes on an id as a number, also one that came as text.
func wholeNumber(raw json.RawMessage) any {
	id, err := intField(map[string]json.RawMessage{"id": raw}, "id")
	if err != nil {
		return raw
	}
	return id
}
