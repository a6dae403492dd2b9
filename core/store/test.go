package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// Test is a questionnaire filled in during a session.
type Test struct {
	bun.BaseModel `bun:"table:t_tests,alias:t_tests"`

	ID            int             `bun:"id_test,pk"`
	TypeID        int             `bun:"id_test_type" db:"fk=t_tests_types.id_test_type"`
	SessionID     int             `bun:"id_session" db:"fk=t_sessions.id_session cascade"`
	DeviceID      *int            `bun:"id_device" db:"fk=t_devices.id_device"`
	ParticipantID *int            `bun:"id_participant" db:"fk=t_participants.id_participant"`
	UserID        *int            `bun:"id_user" db:"fk=t_users.id_user"`
	ServiceID     *int            `bun:"id_service" db:"fk=t_services.id_service"`
	UUID          string          `bun:"test_uuid" db:"size=36 unique"`
	Name          string          `bun:"test_name"`
	Time          time.Time       `bun:"test_datetime"`
	Status        core.TestStatus `bun:"test_status" db:"default"`
	Summary       *string         `bun:"test_summary"` // JSON text
	SoftVersion
}

func (t *Test) beforeInsert(context.Context, *Tx) error {
	t.UUID = uuid.NewString()
	if t.Time.IsZero() {
		t.Time = time.Now()
	}
	t.Time = t.Time.UTC().Truncate(time.Microsecond)
	return nil
}

func testJSON(ctx context.Context, r *Reader, rows []Row, out []Object, m Mode) error {
	if m == Min {
		return nil
	}
	types, err := related[TestType](ctx, r, rows, func(row Row) *int { return &row.(*Test).TypeID })
	if err != nil {
		return err
	}
	for i, row := range rows {
		if t := types[row.(*Test).TypeID]; t != nil {
			out[i]["test_test_type_name"], out[i]["test_test_type_uuid"] = t.Name, t.UUID
		}
	}
	return addOwners(ctx, r, out, "test", len(rows), func(i int) owners {
		t := rows[i].(*Test)
		return owners{&t.SessionID, t.DeviceID, t.UserID, t.ParticipantID, t.ServiceID}
	})
}
