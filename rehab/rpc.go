package rehab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/rehab/backend"
)

// methods are the calls that this service answers on Redis.
func (s *Service) methods() map[string]bus.Method {
	return map[string]bus.Method{
		"session_manage":      s.sessionManage,
		"participant_info":    s.participantInfo,
		"session_type_config": s.sessionTypeConfig,
	}
}

// action carries out one action of session_manage. What it returns an error for has left nothing behind.
type action func(ctx context.Context, r request) (answer, error)

// actions are those of session_manage; each has a file of its name.
func (s *Service) actionOf(name string) (action, bool) {
	a, ok := map[string]action{
		"start":        s.start,
		"stop":         s.stop,
		"invite":       s.invite,
		"remove":       s.remove,
		"invite_reply": s.inviteReply,
	}[name]
	return a, ok
}

// answer is what an action returns: {"status", "session"} and what to do once that has been sent.
type answer struct {
	status  string
	session backend.Row
	warning string // what is still to be done; clients that do not know the field lose nothing
	after   func() // runs once the answer has been sent; may be nil
}

// sessionManage answers errors as the core expects them: a normal result with status "error" and a text.
func (s *Service) sessionManage(ctx context.Context, args bus.Args) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, actionTime)
	defer cancel()
	r, err := parseRequest(args)
	if err != nil {
		return s.refuse(r, err), nil
	}
	act, ok := s.actionOf(r.action)
	if !ok {
		return s.refuse(r, failf("Unknown action %q", clip(r.action, 40))), nil
	}
	began := time.Now()
	a, err := act(ctx, r)
	s.metrics.CallTook(r.action, err == nil, time.Since(began))
	if err != nil {
		return s.refuse(r, err), nil
	}
	s.log.Info("session action", "action", r.action, "session", a.session.Int("id_session"))
	return bus.WithAfter{Value: a.value(), After: a.after}, nil
}

// value is the answer as it is sent.
func (a answer) value() map[string]any {
	value := map[string]any{"status": a.status, "session": a.session}
	if a.warning != "" {
		value["warning"] = a.warning
	}
	return value
}

// refuse logs an error and makes it an answer.
func (s *Service) refuse(r request, err error) any {
	var known *failure
	if errors.As(err, &known) && known.cause == nil {
		s.log.Info("session action refused", "action", clip(r.action, 40), "session", r.id, "reason", known.text)
	} else {
		s.log.Warn("session action failed", "action", clip(r.action, 40), "session", r.id, "err", err)
	}
	return map[string]any{"status": "error", "error_text": reason(err)}
}

// running finds the session that a request names, with its actions locked.
func (s *Service) running(ctx context.Context, r request) (n *session, unlock func(), err error) {
	n = s.session(r.id, r.uuid)
	if n == nil {
		return nil, nil, notRunning(r)
	}
	if unlock, err = s.actions.lock(ctx, lane(n.id)); err != nil {
		return nil, nil, because("The session is busy", err)
	}
	if s.session(n.id, "") != n {
		unlock()
		return nil, nil, notRunning(r)
	}
	return n, unlock, nil
}

func notRunning(r request) error {
	if r.id != 0 {
		return failf("No session with id_session %d is running", r.id)
	}
	return failf("No session with session_uuid %s is running", clip(r.uuid, 64))
}

// lane is the name under which a session's actions and its requests to the core are put in order.
func lane(id int64) string { return fmt.Sprintf("session-%d", id) }

func clip(s string, n int) string { return s[:min(len(s), n)] }
