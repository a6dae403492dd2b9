package store

import "github.com/uptrace/bun"

// DeviceParticipant lends a device to a participant.
type DeviceParticipant struct {
	bun.BaseModel `bun:"table:t_devices_participants,alias:t_devices_participants"`

	ID            int `bun:"id_device_participant,pk"`
	DeviceID      int `bun:"id_device" db:"fk=t_devices.id_device"`
	ParticipantID int `bun:"id_participant" db:"fk=t_participants.id_participant cascade"`
	SoftVersion
}

// DeviceProject makes a device available in a project.
type DeviceProject struct {
	bun.BaseModel `bun:"table:t_devices_projects,alias:t_devices_projects"`

	ID        int `bun:"id_device_project,pk"`
	DeviceID  int `bun:"id_device" db:"fk=t_devices.id_device cascade"`
	ProjectID int `bun:"id_project" db:"fk=t_projects.id_project cascade"`
	SoftVersion
}

// DeviceSite makes a device available in a site.
type DeviceSite struct {
	bun.BaseModel `bun:"table:t_devices_sites,alias:t_devices_sites"`

	ID       int `bun:"id_device_site,pk"`
	DeviceID int `bun:"id_device" db:"fk=t_devices.id_device cascade"`
	SiteID   int `bun:"id_site" db:"fk=t_sites.id_site cascade"`
	SoftVersion
}
