package store

import "github.com/uptrace/bun"

// DeviceType is a family of devices. Really deleted.
type DeviceType struct {
	bun.BaseModel `bun:"table:t_devices_types,alias:t_devices_types"`

	ID   int    `bun:"id_device_type,pk"`
	Name string `bun:"device_type_name"`
	Key  string `bun:"device_type_key" db:"unique"`
	Version
}

// DeviceSubtype is a model within a DeviceType. Really deleted.
type DeviceSubtype struct {
	bun.BaseModel `bun:"table:t_devices_subtypes,alias:t_devices_subtypes"`

	ID     int    `bun:"id_device_subtype,pk"`
	TypeID int    `bun:"id_device_type" db:"fk=t_devices_types.id_device_type cascade"`
	Name   string `bun:"device_subtype_name"`
	Version
}
