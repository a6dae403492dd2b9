package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"
)

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

func (c *ServiceConfig) setDefaults() { c.Config = "{}" }

func (c *ServiceConfig) beforeInsert(context.Context, *Tx) error { return c.check() }

func (c *ServiceConfig) beforeUpdate(context.Context, *Tx, Row, columnSet) error { return c.check() }

func (c *ServiceConfig) check() error {
	if !json.Valid([]byte(c.Config)) {
		return &FieldError{Field: "service_config_config", Reason: "is not JSON"}
	}
	return nil
}

// serviceConfigJSON gives the general configuration as an object; the overlay of a client machine is up to the caller.
func serviceConfigJSON(ctx context.Context, r *Reader, rows []Row, out []Object, m Mode) error {
	services, err := related[Service](ctx, r, rows, func(row Row) *int { return &row.(*ServiceConfig).ServiceID })
	if err != nil {
		return err
	}
	for i, row := range rows {
		c := row.(*ServiceConfig)
		out[i]["service_config_config"] = decoded(&c.Config)
		out[i]["service_config_specific_id"] = nil
		if m == Min {
			continue
		}
		if s := services[c.ServiceID]; s != nil {
			out[i]["service_config_name"] = s.Name
		}
		out[i]["service_config_last_update_time"] = time.UnixMilli(c.VersionID).In(r.loc).Format("2006-01-02T15:04:05.000000")
	}
	return nil
}

// ServiceConfigQuery filters ServiceConfigs.
type ServiceConfigQuery struct {
	Service, User, Participant, Device int
	Editable                           bool // only those of services whose configuration can be edited
}

// ServiceConfigs lists configurations of live services, oldest first.
func (r *Reader) ServiceConfigs(ctx context.Context, a Access, f ServiceConfigQuery) ([]*ServiceConfig, error) {
	return list[ServiceConfig](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = a.restrict(q, tableFor[ServiceConfig]())
		q = q.Where("t_services_configs.id_service IN (SELECT id_service FROM t_services WHERE deleted_at IS NULL AND (service_editable_config OR ?))", !f.Editable)
		for column, id := range map[string]int{"id_service": f.Service, "id_user": f.User, "id_participant": f.Participant, "id_device": f.Device} {
			if id != 0 {
				q = q.Where("? = ?", bun.Ident("t_services_configs."+column), id)
			}
		}
		return q
	})
}

// SetSpecificConfig stores what overlays a configuration on one client machine; text is JSON.
func (tx *Tx) SetSpecificConfig(ctx context.Context, config int, machine, text string) error {
	if !json.Valid([]byte(text)) {
		return &FieldError{Field: "service_config_config", Reason: "is not JSON"}
	}
	if err := tx.lock(ctx, tableFor[ServiceConfig](), config); err != nil {
		return err
	}
	rows, err := Rows[ServiceConfigSpecific](ctx, tx, Everything(), Columns{"id_service_config": config, "service_config_specific_id": machine})
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return tx.Insert(ctx, &ServiceConfigSpecific{ConfigID: config, Specific: machine, Config: text})
	}
	rows[0].Config = text
	return tx.Update(ctx, rows[0], "service_config_specific_config")
}
