package store

import "github.com/uptrace/bun"

// ServiceConfig is one user's, participant's or device's settings for a service (core.md 9.7).
type ServiceConfig struct {
	bun.BaseModel `bun:"table:t_services_configs,alias:t_services_configs"`

	ID            int    `bun:"id_service_config,pk"`
	ServiceID     int    `bun:"id_service" db:"fk=t_services.id_service cascade"`
	UserID        *int   `bun:"id_user" db:"fk=t_users.id_user cascade"`
	ParticipantID *int   `bun:"id_participant" db:"fk=t_participants.id_participant cascade"`
	DeviceID      *int   `bun:"id_device" db:"fk=t_devices.id_device cascade"`
	Config        string `bun:"service_config_config" db:"default"` // JSON text, default {}
	SoftVersion
}

// ServiceConfigSpecific overlays a ServiceConfig for one client machine.
type ServiceConfigSpecific struct {
	bun.BaseModel `bun:"table:t_services_configs_specifics,alias:t_services_configs_specifics"`

	ID       int    `bun:"id_service_config_specific,pk"`
	ConfigID int    `bun:"id_service_config" db:"fk=t_services_configs.id_service_config cascade"`
	Specific string `bun:"service_config_specific_id"`
	Config   string `bun:"service_config_specific_config"` // JSON text
	SoftVersion
}
