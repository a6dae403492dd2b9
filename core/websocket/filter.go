package websocket

import (
	"context"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/proto/opentera"
)

// Viewer says what one account may be told.
type Viewer interface {
	// Sees reports whether the account may know of another one.
	Sees(ctx context.Context, kind core.Kind, uuid string) (bool, error)
	// TakesPart reports whether the account is a member of a session.
	TakesPart(ctx context.Context, sessionUUID string) (bool, error)
}

// filter keeps the events that the socket's account may see.
func (s *socket) filter(ctx context.Context, events []*anypb.Any) []*anypb.Any {
	var kept []*anypb.Any
	for _, a := range events {
		m, err := a.UnmarshalNew()
		if err != nil {
			continue // unknown types are dropped
		}
		ok, err := s.wants(ctx, m)
		if err != nil {
			s.hub.cfg.Log.Warn("event not filtered, dropped", "kind", s.person.Kind, "error", err)
			continue
		}
		if ok {
			kept = append(kept, a)
		}
	}
	return kept
}

// wants is the table of core.md 6.
func (s *socket) wants(ctx context.Context, m proto.Message) (bool, error) {
	self := s.person.UUID
	switch e := m.(type) {
	case *opentera.UserEvent:
		return s.viewer.Sees(ctx, core.KindUser, e.UserUuid)
	case *opentera.ParticipantEvent:
		return s.viewer.Sees(ctx, core.KindParticipant, e.ParticipantUuid)
	case *opentera.DeviceEvent:
		return s.viewer.Sees(ctx, core.KindDevice, e.DeviceUuid)
	case *opentera.JoinSessionEvent:
		return slices.Contains(pick(s.person.Kind, e.SessionUsers, e.SessionParticipants, e.SessionDevices), self), nil
	case *opentera.StopSessionEvent:
		return true, nil // it came on a topic of this account
	case *opentera.LeaveSessionEvent:
		if slices.Contains(pick(s.person.Kind, e.LeavingUsers, e.LeavingParticipants, e.LeavingDevices), self) {
			return true, nil
		}
		return s.viewer.TakesPart(ctx, e.SessionUuid)
	case *opentera.JoinSessionReplyEvent:
		if pick(s.person.Kind, e.UserUuid, e.ParticipantUuid, e.DeviceUuid) == self {
			return false, nil
		}
		return s.viewer.TakesPart(ctx, e.SessionUuid)
	case *opentera.ArchiveEvent:
		return e.OwnerUuid == self, nil
	}
	return false, nil
}

func pick[T any](kind core.Kind, user, participant, device T) T {
	switch kind {
	case core.KindUser:
		return user
	case core.KindParticipant:
		return participant
	}
	return device
}
