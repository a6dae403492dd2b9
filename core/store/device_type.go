package store

import (
	"context"

	"github.com/uptrace/bun"
)

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

func (d *DeviceType) checkDelete(ctx context.Context, tx *Tx) error {
	return tx.refuseIf(ctx, "t_devices", "devices are of that type", "t_devices WHERE id_device_type = ? AND deleted_at IS NULL", d.ID)
}

func (d *DeviceSubtype) checkDelete(ctx context.Context, tx *Tx) error {
	return tx.refuseIf(ctx, "t_devices", "devices are of that subtype", "t_devices WHERE id_device_subtype = ? AND deleted_at IS NULL", d.ID)
}

// deviceSubtypeJSON adds the name of the type, in both modes.
func deviceSubtypeJSON(ctx context.Context, r *Reader, rows []Row, out []Object, _ Mode) error {
	types, err := related[DeviceType](ctx, r, rows, func(row Row) *int { return &row.(*DeviceSubtype).TypeID })
	if err != nil {
		return err
	}
	for i, row := range rows {
		if t := types[row.(*DeviceSubtype).TypeID]; t != nil {
			out[i]["device_subtype_parent"] = t.Name
		}
	}
	return nil
}
