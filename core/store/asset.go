package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// Asset describes a file that some service keeps; the file is not in the database.
type Asset struct {
	bun.BaseModel `bun:"table:t_assets,alias:t_assets"`

	ID            int        `bun:"id_asset,pk"`
	SessionID     int        `bun:"id_session" db:"fk=t_sessions.id_session cascade"`
	DeviceID      *int       `bun:"id_device" db:"fk=t_devices.id_device"`
	ParticipantID *int       `bun:"id_participant" db:"fk=t_participants.id_participant"`
	UserID        *int       `bun:"id_user" db:"fk=t_users.id_user"`
	ServiceID     *int       `bun:"id_service" db:"fk=t_services.id_service"`
	Name          string     `bun:"asset_name"`
	UUID          string     `bun:"asset_uuid" db:"size=36 unique"`
	ServiceUUID   string     `bun:"asset_service_uuid" db:"size=36 fk=t_services.service_uuid cascade"` // who keeps the file
	Type          string     `bun:"asset_type"`                                                         // MIME
	Time          *time.Time `bun:"asset_datetime"`
	Expires       *time.Time `bun:"asset_expiration_datetime"`
	SoftVersion
}

func (a *Asset) beforeInsert(context.Context, *Tx) error {
	a.UUID = uuid.NewString()
	return nil
}

func assetJSON(ctx context.Context, r *Reader, rows []Row, out []Object, m Mode) error {
	if m == Min {
		return nil
	}
	uuids := make([]string, len(rows))
	for i, row := range rows {
		uuids[i] = row.(*Asset).ServiceUUID
	}
	services, err := servicesByUUID(ctx, r, uuids)
	if err != nil {
		return err
	}
	for i, uuid := range uuids {
		if s := services[uuid]; s != nil {
			out[i]["asset_service_owner_name"] = s.Name
		}
	}
	return addOwners(ctx, r, out, "asset", len(rows), func(i int) owners {
		a := rows[i].(*Asset)
		return owners{&a.SessionID, a.DeviceID, a.UserID, a.ParticipantID, a.ServiceID}
	})
}
