package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/gotera/gotera/proto/token"
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

func (d *Device) beforeInsert(ctx context.Context, tx *Tx) (err error) {
	if d.UUID == "" {
		d.UUID = uuid.NewString()
	}
	d.LastOnline = nil
	d.noSubtypeZero()
	d.Token, err = d.newToken(ctx, tx)
	return err
}

// newToken makes the device's token, which never expires (core.md 3.2).
func (d *Device) newToken(ctx context.Context, tx *Tx) (*string, error) {
	key, err := tx.Setting(ctx, SettingDeviceTokenKey)
	if err != nil {
		return nil, err
	}
	t, err := token.SignDevice(key, token.DeviceClaims{Standard: token.Static(), DeviceUUID: d.UUID, DeviceID: d.ID})
	return &t, err
}

func (d *Device) beforeUpdate(_ context.Context, _ *Tx, old Row, set columnSet) error {
	delete(set, "device_uuid")
	d.UUID = old.(*Device).UUID
	d.noSubtypeZero()
	return nil
}

// noSubtypeZero: clients send 0 for "none".
func (d *Device) noSubtypeZero() {
	if d.SubtypeID != nil && *d.SubtypeID == 0 {
		d.SubtypeID = nil
	}
}

func (d *Device) checkDelete(ctx context.Context, tx *Tx) error {
	return tx.refuseFirst(ctx, d.ID, []refusal{
		{"t_devices_participants", "device still has participants", "t_devices_participants WHERE id_device = ? AND deleted_at IS NULL"},
		{"t_sessions_devices", "device still has sessions", "t_sessions_devices WHERE id_device = ? AND deleted_at IS NULL"},
		{"t_sessions", "device still has created sessions", "t_sessions WHERE id_creator_device = ? AND deleted_at IS NULL"},
		{"t_assets", "device still has assets", "t_assets WHERE id_device = ? AND deleted_at IS NULL"},
		{"t_tests", "device still has tests", "t_tests WHERE id_device = ? AND deleted_at IS NULL"},
	})
}
