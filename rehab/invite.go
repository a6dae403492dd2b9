package rehab

import (
	"context"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/rehab/backend"
)

// invite adds people to a running session. Everybody gets the join event again, as upstream's clients expect: it
// carries the new lists, and each one's URL is the same text as before.
func (s *Service) invite(ctx context.Context, r request) (answer, error) {
	if !r.listed() {
		return answer{}, failf("session_users, session_participants or session_devices is missing")
	}
	n, unlock, err := s.running(ctx, r)
	if err != nil {
		return answer{}, err
	}
	defer unlock()
	r.unfilled(n.lists())
	if err := s.addMembers(ctx, n, r.who()); err != nil {
		return answer{}, err
	}
	return answer{status: "invited", session: n.answer(), after: n.inviteAll}, nil
}

// lists gives unfilled the session's members by kind: all there ever were, and those in it now.
func (n *session) lists() (everybody, active func(kind string) []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	members := n.members.clone()
	return func(kind string) []string { return members.uuids(kind, false) },
		func(kind string) []string { return members.uuids(kind, true) }
}

// addMembers makes people members: the row first, so that nothing has happened when the core refuses one of them. The
// row gets everybody who was ever invited: members who were removed stay on record.
func (s *Service) addMembers(ctx context.Context, n *session, people []control.Who) error {
	n.mu.Lock()
	next := n.members.clone()
	added := next.invite(people, now())
	n.mu.Unlock()
	if len(added) == 0 {
		n.mu.Lock()
		n.members.invite(people, now())
		n.mu.Unlock()
		n.changed()
		return nil
	}
	if len(next.active()) > maxInvitees {
		return failf("session_users, session_participants, session_devices: more than %d people in one session", maxInvitees)
	}
	fields := backend.Row{"id_session": n.id}
	for _, kind := range kinds {
		fields["session_"+kind+"s_uuids"] = next.uuids(kind, false)
	}
	row, err := s.core.PostSession(ctx, fields)
	if err != nil {
		return because("The session cannot be changed", err)
	}
	n.mu.Lock()
	n.members.invite(people, now())
	n.nameMembersLocked(row)
	n.mu.Unlock()
	n.save()
	n.arm()
	n.update(ctx)
	s.hub.notify()
	texts := make([]string, len(added))
	for i, who := range added {
		texts[i] = title[who.Kind] + ": " + n.named(who)
	}
	settled(ctx, s.record(n.id, backend.SessionJoin, texts...))
	return nil
}
