package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// SessionDevice makes a device a member of a session. Both columns may be NULL in the database.
type SessionDevice struct {
	bun.BaseModel `bun:"table:t_sessions_devices,alias:t_sessions_devices"`

	ID        int  `bun:"id_session_device,pk"`
	SessionID *int `bun:"id_session" db:"fk=t_sessions.id_session cascade"`
	DeviceID  *int `bun:"id_device" db:"fk=t_devices.id_device"`
	SoftVersion
}

// SessionParticipant makes a participant a member of a session. Both columns may be NULL in the database.
type SessionParticipant struct {
	bun.BaseModel `bun:"table:t_sessions_participants,alias:t_sessions_participants"`

	ID            int  `bun:"id_session_participant,pk"`
	SessionID     *int `bun:"id_session" db:"fk=t_sessions.id_session cascade"`
	ParticipantID *int `bun:"id_participant" db:"fk=t_participants.id_participant"`
	SoftVersion
}

// SessionUser makes a user a member of a session. Both columns may be NULL in the database.
type SessionUser struct {
	bun.BaseModel `bun:"table:t_sessions_users,alias:t_sessions_users"`

	ID        int  `bun:"id_session_user,pk"`
	SessionID *int `bun:"id_session" db:"fk=t_sessions.id_session cascade"`
	UserID    *int `bun:"id_user" db:"fk=t_users.id_user"`
	SoftVersion
}

// Members are those of one session, in the order in which they were added.
type Members struct {
	Users        []*User
	Participants []*Participant
	Devices      []*Device
}

// SessionMembers reads the live members of a session.
func (r *Reader) SessionMembers(ctx context.Context, session int) (Members, error) {
	var m Members
	var err error
	if m.Users, err = members[User](ctx, r, "t_sessions_users", "id_user", "id_session_user", session); err != nil {
		return m, err
	}
	if m.Participants, err = members[Participant](ctx, r, "t_sessions_participants", "id_participant", "id_session_participant", session); err != nil {
		return m, err
	}
	m.Devices, err = members[Device](ctx, r, "t_sessions_devices", "id_device", "id_session_device", session)
	return m, err
}

func members[T any](ctx context.Context, r *Reader, link, key, order string, session int) ([]*T, error) {
	return list[T](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Join("JOIN ? AS l ON l.? = ? AND l.deleted_at IS NULL AND l.id_session = ?", bun.Ident(link), bun.Ident(key),
			bun.Ident(tableFor[T]().name+"."+key), session).OrderExpr("l.?", bun.Ident(order))
	})
}

// SetSessionMembers makes the live members of one kind exactly these: others are taken off for good, missing ones
// added. An unknown or deleted key is an *IntegrityError.
func (tx *Tx) SetSessionMembers(ctx context.Context, session int, kind core.Kind, ids []int) error {
	keep := map[int]bool{}
	for _, id := range ids {
		keep[id] = true
	}
	links, err := tx.memberLinks(ctx, session, kind)
	if err != nil {
		return err
	}
	for _, l := range links {
		if !keep[l.member] {
			if err := tx.erase(ctx, l.row); err != nil {
				return err
			}
		}
	}
	return tx.AddSessionMembers(ctx, session, kind, ids)
}

// AddSessionMembers adds those that are not members yet.
func (tx *Tx) AddSessionMembers(ctx context.Context, session int, kind core.Kind, ids []int) error {
	for _, id := range ids {
		row, table, err := newMember(session, kind, id)
		if err != nil {
			return err
		}
		column := tableNamed(table).key().name
		if err := tx.require(ctx, table, fmt.Sprintf("there is no %s %d", kind, id),
			"? WHERE ? = ? AND deleted_at IS NULL", bun.Ident(table), bun.Ident(column), id); err != nil {
			return err
		}
		if err := tx.Insert(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

func newMember(session int, kind core.Kind, id int) (row Row, table string, err error) {
	switch kind {
	case core.KindUser:
		return &SessionUser{SessionID: &session, UserID: &id}, "t_users", nil
	case core.KindParticipant:
		return &SessionParticipant{SessionID: &session, ParticipantID: &id}, "t_participants", nil
	case core.KindDevice:
		return &SessionDevice{SessionID: &session, DeviceID: &id}, "t_devices", nil
	}
	return nil, "", fmt.Errorf("a %s cannot be a member of a session", kind)
}

// memberLink is an association row and who it is about.
type memberLink struct {
	row    Row
	member int
}

func (tx *Tx) memberLinks(ctx context.Context, session int, kind core.Kind) ([]memberLink, error) {
	of := func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id_session = ?", session) }
	var links []memberLink
	add := func(row Row, id *int) {
		if id != nil {
			links = append(links, memberLink{row, *id})
		}
	}
	switch kind {
	case core.KindUser:
		rows, err := list[SessionUser](ctx, tx, of)
		if err != nil {
			return nil, err
		}
		for _, l := range rows {
			add(l, l.UserID)
		}
	case core.KindParticipant:
		rows, err := list[SessionParticipant](ctx, tx, of)
		if err != nil {
			return nil, err
		}
		for _, l := range rows {
			add(l, l.ParticipantID)
		}
	case core.KindDevice:
		rows, err := list[SessionDevice](ctx, tx, of)
		if err != nil {
			return nil, err
		}
		for _, l := range rows {
			add(l, l.DeviceID)
		}
	}
	return links, nil
}
