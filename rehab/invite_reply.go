package rehab

import (
	"context"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/opentera"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/outbox"
)

// replyStatus is what a member is after each reply.
var replyStatus = map[opentera.JoinSessionReplyEvent_ReplyType]string{
	opentera.JoinSessionReplyEvent_REPLY_DENIED:  control.Refused,
	opentera.JoinSessionReplyEvent_REPLY_BUSY:    control.Busy,
	opentera.JoinSessionReplyEvent_REPLY_TIMEOUT: control.NoAnswer,
}

// inviteReply takes an invitee's answer. Who refuses is out of the session, and the URL with it, until invited again; a
// creator who refuses ends the session.
func (s *Service) inviteReply(ctx context.Context, r request) (answer, error) {
	n, unlock, err := s.running(ctx, r)
	if err != nil {
		return answer{}, err
	}
	defer unlock()
	accepted := r.reply.code == opentera.JoinSessionReplyEvent_REPLY_ACCEPTED
	for _, who := range r.reply.who {
		n.mu.Lock()
		m, creator := n.members.find(who), who == n.creator
		known := m != nil && (m.Active || !accepted)
		n.mu.Unlock()
		if !known && !creator {
			return answer{}, failf("parameters.%s_uuid: not invited to this session", who.Kind)
		}
		if creator && !accepted {
			s.end(ctx, n, ending{Status: backend.Completed, Text: "Its creator refused to join"})
			return answer{}, failf("The creator refused to join: the session is over")
		}
	}
	entry := n.noteReply(ctx, r.reply, accepted)
	n.mu.Lock()
	people := n.members.active()
	n.mu.Unlock()
	n.tell(people, n.replyEvent(r.reply))
	settled(ctx, entry)
	return answer{status: "OK", session: n.answerTo(r.reply.who)}, nil
}

// answerTo is the session for one who replied. It opens the room for that one only, and only while invited: the key
// that they share would for ever.
func (n *session) answerTo(repliers []control.Who) backend.Row {
	a := n.answer()
	delete(a, "session_key")
	for _, kind := range kinds {
		a["session_url_"+kind+"s"] = nil
	}
	if len(repliers) != 1 {
		return a
	}
	who := repliers[0]
	n.mu.Lock()
	defer n.mu.Unlock()
	if m := n.members.find(who); m != nil && m.Active {
		a["session_url_"+who.Kind+"s"] = n.svc.inviteeURL(n.spec, who)
	}
	return a
}

// noteReply changes the repliers' statuses and records what they said.
func (n *session) noteReply(ctx context.Context, r reply, accepted bool) *outbox.Entry {
	var texts []string
	if accepted {
		n.mu.Lock()
		for _, who := range r.who {
			m := n.members.find(who)
			if m != nil && (m.Status == control.Invited || m.Status == control.NoAnswer) {
				m.set(control.Opening, now())
			}
			if m != nil {
				texts = append(texts, nameOf(m)+" accepted the invitation")
			}
		}
		n.mu.Unlock()
		n.changed()
		if len(texts) == 0 {
			return nil
		}
		return n.svc.record(n.id, backend.GeneralInfo, texts...)
	}
	n.mu.Lock()
	gone := n.leaveLocked(r.who, replyStatus[r.code])
	n.mu.Unlock()
	if len(gone) == 0 {
		return nil // the same reply again
	}
	n.save()
	n.update(ctx)
	n.arm()
	n.svc.hub.notify()
	for _, who := range gone {
		texts = append(texts, title[who.Kind]+" "+n.named(who))
	}
	return n.svc.record(n.id, backend.SessionJoinRefused, texts...)
}

func (n *session) replyEvent(r reply) *opentera.JoinSessionReplyEvent {
	e := &opentera.JoinSessionReplyEvent{SessionUuid: n.uuid, JoinReply: r.code, ReplyMsg: r.text}
	for _, w := range r.who {
		switch w.Kind {
		case control.User:
			e.UserUuid = w.UUID
		case control.Participant:
			e.ParticipantUuid = w.UUID
		case control.Device:
			e.DeviceUuid = w.UUID
		}
	}
	return e
}

func now() time.Time { return time.Now() }
