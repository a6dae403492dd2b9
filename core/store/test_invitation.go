package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/uptrace/bun"
)

// TestInvitation lets one user, participant or device fill in a test without a session of its own.
type TestInvitation struct {
	bun.BaseModel `bun:"table:t_tests_invitations,alias:t_tests_invitations"`

	ID            int       `bun:"id_test_invitation,pk"`
	TypeID        int       `bun:"id_test_type" db:"fk=t_tests_types.id_test_type cascade"`
	SessionID     *int      `bun:"id_session" db:"fk=t_sessions.id_session cascade"`
	UserID        *int      `bun:"id_user" db:"fk=t_users.id_user cascade"`
	ParticipantID *int      `bun:"id_participant" db:"fk=t_participants.id_participant cascade"`
	DeviceID      *int      `bun:"id_device" db:"fk=t_devices.id_device cascade"`
	ProjectID     int       `bun:"id_project" db:"fk=t_projects.id_project cascade"`
	Key           string    `bun:"test_invitation_key" db:"size=16 unique"`
	MaxCount      int       `bun:"test_invitation_max_count" db:"default"` // default 1; 0 is no limit
	Count         int       `bun:"test_invitation_count" db:"default"`
	Created       time.Time `bun:"test_invitation_creation_date" db:"default"` // default now
	Expires       time.Time `bun:"test_invitation_expiration_date"`
	Message       *string   `bun:"test_invitation_message"`
	SoftVersion
}

func (v *TestInvitation) setDefaults() { v.MaxCount = 1 }

// beforeInsert: the key is random, where upstream's is a hash of the time and six digits (core.md 13.3, 57).
func (v *TestInvitation) beforeInsert(context.Context, *Tx) error {
	key := make([]byte, 8)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	v.Key = hex.EncodeToString(key)
	v.Count = 0
	if v.Created.IsZero() {
		v.Created = time.Now()
	}
	v.Created, v.Expires = v.Created.UTC().Truncate(time.Microsecond), v.Expires.UTC().Truncate(time.Microsecond)
	return v.checkTarget()
}

func (v *TestInvitation) beforeUpdate(_ context.Context, _ *Tx, oldRow Row, _ columnSet) error {
	old := oldRow.(*TestInvitation)
	if v.Key != old.Key {
		return &FieldError{Field: "test_invitation_key", Reason: "cannot change"}
	}
	if v.TypeID != old.TypeID {
		return &FieldError{Field: "id_test_type", Reason: "cannot change"}
	}
	return v.checkTarget()
}

func (v *TestInvitation) checkTarget() error {
	n := 0
	for _, id := range []*int{v.UserID, v.ParticipantID, v.DeviceID} {
		if id != nil {
			n++
		}
	}
	if n != 1 {
		return &FieldError{Field: "id_user", Reason: "exactly one of id_user, id_participant and id_device must be given"}
	}
	return nil
}

func testInvitationJSON(ctx context.Context, r *Reader, rows []Row, out []Object, m Mode) error {
	if m == Min {
		return nil
	}
	types, err := related[TestType](ctx, r, rows, func(row Row) *int { return &row.(*TestInvitation).TypeID })
	if err != nil {
		return err
	}
	sessions, err := related[Session](ctx, r, rows, func(row Row) *int { return row.(*TestInvitation).SessionID })
	if err != nil {
		return err
	}
	users, err := related[User](ctx, r, rows, func(row Row) *int { return row.(*TestInvitation).UserID })
	if err != nil {
		return err
	}
	participants, err := related[Participant](ctx, r, rows, func(row Row) *int { return row.(*TestInvitation).ParticipantID })
	if err != nil {
		return err
	}
	devices, err := related[Device](ctx, r, rows, func(row Row) *int { return row.(*TestInvitation).DeviceID })
	if err != nil {
		return err
	}
	projects, err := related[Project](ctx, r, rows, func(row Row) *int { return &row.(*TestInvitation).ProjectID })
	if err != nil {
		return err
	}
	for i, row := range rows {
		v := row.(*TestInvitation)
		if t := types[v.TypeID]; t != nil {
			out[i]["test_invitation_test_type"] = Object{"test_type_uuid": t.UUID, "test_type_name": t.Name,
				"test_type_description": t.Description, "test_type_key": t.Key}
		}
		if s := at(sessions, v.SessionID); s != nil {
			out[i]["test_invitation_session"] = Object{"session_uuid": s.UUID, "session_name": s.Name}
		}
		if u := at(users, v.UserID); u != nil {
			out[i]["test_invitation_user"] = Object{"user_uuid": u.UUID, "user_firstname": u.FirstName, "user_lastname": u.LastName}
		}
		if p := at(participants, v.ParticipantID); p != nil {
			out[i]["test_invitation_participant"] = Object{"participant_uuid": p.UUID, "participant_name": p.Name}
		}
		if d := at(devices, v.DeviceID); d != nil {
			out[i]["test_invitation_device"] = Object{"device_uuid": d.UUID, "device_name": d.Name}
		}
		if p := projects[v.ProjectID]; p != nil {
			out[i]["test_invitation_project"] = Object{"project_name": p.Name}
		}
	}
	return nil
}
