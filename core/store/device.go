package store

import (
	"time"

	"github.com/uptrace/bun"
)

// Device is a piece of equipment with an account of its own.
type Device struct {
	bun.BaseModel `bun:"table:t_devices,alias:t_devices"`

	ID          int        `bun:"id_device,pk"`
	UUID        string     `bun:"device_uuid" db:"size=36 unique"`
	Name        string     `bun:"device_name"`
	TypeID      int        `bun:"id_device_type" db:"fk=t_devices_types.id_device_type cascade"`
	SubtypeID   *int       `bun:"id_device_subtype" db:"fk=t_devices_subtypes.id_device_subtype setnull"`
	Token       *string    `bun:"device_token" db:"unique"`
	Certificate *string    `bun:"device_certificate"` // PEM
	Enabled     bool       `bun:"device_enabled" db:"default"`
	Onlineable  bool       `bun:"device_onlineable" db:"default"`
	Config      *string    `bun:"device_config"`
	Infos       *string    `bun:"device_infos"`
	Notes       *string    `bun:"device_notes"`
	LastOnline  *time.Time `bun:"device_lastonline"`
	SoftVersion
}
