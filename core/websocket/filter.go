package websocket

import (
	"context"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/proto/opentera"
)

// audience says which accounts may be told of one event. It is asked for once per event, however many are online.
type audience func(Account) bool

// audienceOf is the table of core.md 6; nil when the event is for nobody.
func (h *Hub) audienceOf(ctx context.Context, m proto.Message) (audience, error) {
	switch e := m.(type) {
	case *opentera.UserEvent:
		return h.whoSees(ctx, Account{core.KindUser, e.UserUuid})
	case *opentera.ParticipantEvent:
		return h.whoSees(ctx, Account{core.KindParticipant, e.ParticipantUuid})
	case *opentera.DeviceEvent:
		return h.whoSees(ctx, Account{core.KindDevice, e.DeviceUuid})
	case *opentera.JoinSessionEvent:
		return func(a Account) bool {
			return slices.Contains(pick(a.Kind, e.SessionUsers, e.SessionParticipants, e.SessionDevices), a.UUID)
		}, nil
	case *opentera.StopSessionEvent:
		return func(Account) bool { return true }, nil // it came on a topic of these accounts
	case *opentera.LeaveSessionEvent:
		members, err := h.cfg.Members(ctx, e.SessionUuid)
		return func(a Account) bool {
			return members[a] || slices.Contains(pick(a.Kind, e.LeavingUsers, e.LeavingParticipants, e.LeavingDevices), a.UUID)
		}, err
	case *opentera.JoinSessionReplyEvent:
		members, err := h.cfg.Members(ctx, e.SessionUuid)
		return func(a Account) bool {
			return members[a] && pick(a.Kind, e.UserUuid, e.ParticipantUuid, e.DeviceUuid) != a.UUID
		}, err
	case *opentera.ArchiveEvent:
		return func(a Account) bool { return e.OwnerUuid == a.UUID }, nil
	}
	return nil, nil
}

// whoSees: the account itself and those whose access shows it.
func (h *Hub) whoSees(ctx context.Context, whom Account) (audience, error) {
	seers, err := h.cfg.Seers(ctx, whom)
	return func(a Account) bool { return a == whom || seers[a] }, err
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
