package store

import "github.com/uptrace/bun"

// Service is a program beside the core, known by its key (core.md 9).
type Service struct {
	bun.BaseModel `bun:"table:t_services,alias:t_services"`

	ID                  int     `bun:"id_service,pk"`
	UUID                string  `bun:"service_uuid" db:"size=36 unique"`
	Name                string  `bun:"service_name"`
	Key                 string  `bun:"service_key" db:"unique"`
	Hostname            string  `bun:"service_hostname"`
	Port                int     `bun:"service_port"`
	Endpoint            string  `bun:"service_endpoint"`
	ClientEndpoint      string  `bun:"service_clientendpoint"`
	EndpointUser        *string `bun:"service_endpoint_user"`
	EndpointParticipant *string `bun:"service_endpoint_participant"`
	EndpointDevice      *string `bun:"service_endpoint_device"`
	Enabled             bool    `bun:"service_enabled" db:"default"`
	System              bool    `bun:"service_system" db:"default"`
	EditableConfig      bool    `bun:"service_editable_config" db:"default"`
	DefaultConfig       *string `bun:"service_default_config" db:"default"` // JSON text, default {}
	HasAssets           bool    `bun:"service_has_assets" db:"default"`
	HasTests            bool    `bun:"service_has_tests" db:"default"`
	SoftVersion
}
