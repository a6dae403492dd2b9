package store

import "github.com/uptrace/bun"

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
