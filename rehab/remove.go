package rehab

import (
	"context"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/opentera"
	"github.com/gotera/gotera/rehab/backend"
)

// remove takes people out of a running session: when it answers, their peers are gone and their URLs are refused. The
// row keeps them. A session from which everybody was removed goes on.
func (s *Service) remove(ctx context.Context, r request) (answer, error) {
	if !r.listed() {
		return answer{}, failf("session_users, session_participants or session_devices is missing")
	}
	n, unlock, err := s.running(ctx, r)
	if err != nil {
		return answer{}, err
	}
	defer unlock()
	r.unfilled(n.lists())
	n.mu.Lock()
	before := n.members.active()
	removed := n.leaveLocked(r.who(), control.Removed)
	n.mu.Unlock()
	if len(removed) == 0 {
		return answer{status: "removed", session: n.answer()}, nil
	}
	n.save()
	n.update(ctx)
	n.arm()
	s.hub.notify()
	n.tell(before, n.leaveEvent(removed))
	texts := make([]string, len(removed))
	for i, who := range removed {
		texts[i] = title[who.Kind] + ": " + n.named(who)
	}
	settled(ctx, s.record(n.id, backend.SessionLeave, texts...))
	return answer{status: "removed", session: n.answer()}, nil
}

// leaveLocked ends the membership of those of people who have one, and returns them.
func (n *session) leaveLocked(people []control.Who, status string) []control.Who {
	var gone []control.Who
	for _, w := range people {
		if m := n.members.find(w); m != nil && m.Active {
			m.Active = false
			m.set(status, now())
			gone = append(gone, w)
		}
	}
	return gone
}

func (n *session) leaveEvent(removed []control.Who) *opentera.LeaveSessionEvent {
	e := &opentera.LeaveSessionEvent{SessionUuid: n.uuid, ServiceUuid: n.svc.uuid}
	for _, w := range removed {
		switch w.Kind {
		case control.User:
			e.LeavingUsers = append(e.LeavingUsers, w.UUID)
		case control.Participant:
			e.LeavingParticipants = append(e.LeavingParticipants, w.UUID)
		case control.Device:
			e.LeavingDevices = append(e.LeavingDevices, w.UUID)
		}
	}
	return e
}
