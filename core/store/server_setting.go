package store

import (
	"context"
	"errors"

	"github.com/uptrace/bun"
)

// ServerSetting is a named value of the whole server (core.md 2.1). Really deleted.
type ServerSetting struct {
	bun.BaseModel `bun:"table:t_server_settings,alias:t_server_settings"`

	ID    int    `bun:"id_server_settings,pk"`
	Name  string `bun:"server_settings_name" db:"unique"`
	Value string `bun:"server_settings_value"`
	Version
}

// Names of the settings (core.md 2.1, 11.4).
const (
	SettingDeviceTokenKey      = "TokenEncryptionKey"            // signs device_token
	SettingParticipantTokenKey = "ParticipantTokenEncryptionKey" // signs participant_token
	SettingDeviceRegisterKey   = "DeviceRegisterKey"
	SettingServerUUID          = "ServerUUID"
	SettingServerVersions      = "ServerVersions" // JSON text
)

// Setting returns the value of a setting, ErrNotFound if there is none.
func (r *Reader) Setting(ctx context.Context, name string) (string, error) {
	s, err := one[ServerSetting](ctx, r, "server_settings_name", name)
	if err != nil {
		return "", err
	}
	return s.Value, nil
}

// SetSetting stores a setting, new or changed.
func (tx *Tx) SetSetting(ctx context.Context, name, value string) error {
	s, err := one[ServerSetting](ctx, tx, "server_settings_name", name)
	if errors.Is(err, ErrNotFound) {
		return tx.Insert(ctx, &ServerSetting{Name: name, Value: value})
	}
	if err != nil || s.Value == value {
		return err
	}
	s.Value = value
	return tx.Update(ctx, s, "server_settings_value")
}
