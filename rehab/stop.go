package rehab

import (
	"context"
	"encoding/json"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/opentera"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/outbox"
)

// ending is how a session ends; it is kept on the disk so that a stop that was begun is finished.
type ending struct {
	Status   int64     `json:"status"`         // of the row
	Text     string    `json:"text,omitempty"` // of the STOP event
	At       time.Time `json:"at"`
	Duration int64     `json:"duration"` // of the row, in seconds
}

// stop ends a session. A second stop gets the answer of the first.
func (s *Service) stop(ctx context.Context, r request) (answer, error) {
	n, unlock, err := s.running(ctx, r)
	if err != nil {
		if row := s.lastStop(r); row != nil {
			return answer{status: "stopped", session: row}, nil
		}
		return s.stopStray(ctx, r, err)
	}
	defer unlock()
	return s.end(ctx, n, ending{Status: backend.Completed}), nil
}

// end stops a running session whose actions are locked. People are told at once and the room ends. The STOP event and
// the row go through the outbox: when the core does not take them now, it gets them later, and the session is over all
// the same. Upstream then stays half stopped for ever.
func (s *Service) end(ctx context.Context, n *session, e ending) answer {
	n.mu.Lock()
	e.At = time.Now()
	e.Duration = n.info.Int("session_duration") + n.elapsed()
	n.mu.Unlock()
	if err := n.trySave(&e); err != nil {
		n.log.Error("session's end is not saved", "err", err)
	}
	n.mu.Lock()
	n.ending = true
	if n.timer != nil {
		n.timer.Stop()
	}
	n.mu.Unlock()
	return s.finishEnd(ctx, n, e)
}

// finishEnd is end after the session was marked; the next rehab may have to do it.
func (s *Service) finishEnd(ctx context.Context, n *session, e ending) answer {
	n.mu.Lock()
	people := n.members.active()
	n.mu.Unlock()
	n.tell(people, &opentera.StopSessionEvent{SessionUuid: n.uuid, ServiceUuid: s.uuid})
	if n.room != nil {
		n.measureLast(ctx)
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		if err := n.room.Stop(stopCtx); err != nil {
			n.log.Warn("room still ends", "err", err)
		}
		cancel()
	}
	e.Duration = s.duration(ctx, n, e)
	entry, err := s.outbox.Put(lane(n.id), false,
		outbox.Request{Path: backend.EventsPath, Body: backend.EventBody(n.id, backend.SessionStop, e.At, s.key, e.Text)},
		sessionRequest(backend.Row{"id_session": n.id, "session_status": e.Status, "session_duration": e.Duration}),
	)
	if err != nil {
		n.log.Error("session's end is not recorded", "session", n.id, "err", err)
	}
	report := n.putReport(e.At)
	n.forget()
	a := s.stoppedAnswer(ctx, n, e, entry)
	settled(ctx, report) // a start that follows at once finds nothing undelivered
	s.drop(n, a.session)
	s.hub.notify()
	n.log.Info("session stopped", "session", n.id, "seconds", n.elapsed())
	return a
}

// stoppedAnswer has the row as the core returned it, or, when that takes too long, as it will be.
func (s *Service) stoppedAnswer(ctx context.Context, n *session, e ending, entry *outbox.Entry) answer {
	a := answer{status: "stopped", session: n.finalRow(e)}
	if entry == nil {
		a.warning = "The end of the session could not be recorded"
		return a
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	answers, err := entry.Wait(ctx)
	if err == nil && len(answers) == 2 {
		if row, err := backend.First(answers[1]); err == nil {
			a.session = row
			return a
		}
	}
	a.warning = "The session is over; its record will be completed when the database answers"
	return a
}

// finalRow is the row as it was, with how it ended.
func (n *session) finalRow(e ending) backend.Row {
	n.mu.Lock()
	defer n.mu.Unlock()
	row := n.info.Clone()
	delete(row, "session_events")
	row["session_status"], row["session_duration"] = e.Status, e.Duration
	return row
}

// duration is what the row should say. The row is read again because people may have edited it during the session.
func (s *Service) duration(ctx context.Context, n *session, e ending) int64 {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	row, err := s.core.Session(ctx, n.id)
	if err != nil {
		return e.Duration
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return e.Duration - n.info.Int("session_duration") + row.Int("session_duration")
}

func (s *Service) lastStop(r request) backend.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.id != 0 {
		return s.stopped[r.id]
	}
	for _, row := range s.stopped {
		if row.Text("session_uuid") == r.uuid {
			return row
		}
	}
	return nil
}

// stopStray completes a row that is in progress although nothing runs: a service that was killed left it, upstream's or
// one whose state directory was lost. Its members are told, so that nobody stays busy.
func (s *Service) stopStray(ctx context.Context, r request, notRunning error) (answer, error) {
	row, err := s.read(ctx, r)
	if err != nil {
		if backend.Down(err) {
			return answer{}, because("The session is not running here, and cannot be read", err)
		}
		return answer{}, notRunning
	}
	if row.Int("session_status") != backend.InProgress {
		return answer{}, notRunning
	}
	id := row.Int("id_session")
	if _, err := s.core.PostEvent(ctx, backend.EventBody(id, backend.SessionStop, time.Now(), s.key, "It was not running any more")); err != nil {
		return answer{}, because("The STOP event cannot be recorded", err)
	}
	done, err := s.core.PostSession(ctx, backend.Row{"id_session": id, "session_status": backend.Terminated})
	if err != nil {
		return answer{}, because("The session cannot be changed", err)
	}
	n := &session{svc: s, log: s.log, uuid: row.Text("session_uuid")}
	for _, kind := range kinds {
		for _, p := range row.People(kind) {
			n.members = append(n.members, &member{Who: control.Who{Kind: kind, UUID: p.UUID}, Active: true})
		}
	}
	n.tell(n.members.active(), &opentera.StopSessionEvent{SessionUuid: n.uuid, ServiceUuid: s.uuid})
	return answer{status: "stopped", session: done}, nil
}

func (s *Service) read(ctx context.Context, r request) (backend.Row, error) {
	if r.id != 0 {
		return s.core.Session(ctx, r.id)
	}
	return s.core.SessionByUUID(ctx, r.uuid)
}

// abandon ends a session whose creator did not come back.
func (s *Service) abandon(ctx context.Context, n *session) {
	s.endAlone(ctx, n, ending{Status: backend.Completed, Text: "Its creator was away for too long"}, func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return !n.creatorGone.IsZero() && time.Since(n.creatorGone) >= s.grace
	})
	n.mu.Lock()
	n.abandoning = false
	n.mu.Unlock()
	n.arm() // for a session that goes on after all
}

// lose ends a session whose room died too often.
func (s *Service) lose(ctx context.Context, n *session, err error) {
	n.log.Error("session lost its room", "session", n.id, "err", err)
	s.endAlone(ctx, n, ending{Status: backend.Terminated, Text: "The room program failed: " + reason(err)}, func() bool { return true })
}

// endAlone ends a session that nobody asked to end, if it still runs and still should end.
func (s *Service) endAlone(ctx context.Context, n *session, e ending, still func() bool) {
	ctx, cancel := context.WithTimeout(ctx, actionTime)
	defer cancel()
	unlock, err := s.actions.lock(ctx, lane(n.id))
	if err != nil {
		return
	}
	defer unlock()
	if s.session(n.id, "") != n || !still() {
		return
	}
	s.end(ctx, n, e)
}

// deliver is the outbox's way to the core.
func (s *Service) deliver(ctx context.Context, r outbox.Request) (json.RawMessage, error) {
	return s.core.Post(ctx, r.Path, r.Body)
}

// postLater has a row changed as soon as the core takes it.
func (s *Service) postLater(id int64, fields backend.Row) {
	if _, err := s.outbox.Put(lane(id), false, sessionRequest(fields)); err != nil {
		s.log.Error("session row is not corrected", "session", id, "err", err)
	}
}

func sessionRequest(fields backend.Row) outbox.Request {
	raw, err := json.Marshal(map[string]any{"session": fields})
	if err != nil {
		panic(err) // strings and numbers
	}
	return outbox.Request{Path: backend.SessionsPath, Body: raw}
}
