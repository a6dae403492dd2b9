package store

import (
	"context"
	"errors"

	"github.com/uptrace/bun"
)

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

func (l *DeviceParticipant) beforeInsert(ctx context.Context, tx *Tx) error {
	p, err := Get[Participant](ctx, tx, l.ParticipantID)
	if errors.Is(err, ErrNotFound) {
		return &IntegrityError{"t_participants", "there is no such participant"}
	}
	if err != nil {
		return err
	}
	return tx.require(ctx, "t_devices_projects", "device is not in the participant's project",
		"t_devices_projects WHERE id_device = ? AND id_project = ? AND deleted_at IS NULL", l.DeviceID, p.ProjectID)
}

func (l *DeviceProject) beforeInsert(ctx context.Context, tx *Tx) error {
	site, err := tx.siteOf(ctx, l.ProjectID)
	if err != nil {
		return err
	}
	return tx.require(ctx, "t_devices_sites", "device is not in the project's site",
		"t_devices_sites WHERE id_device = ? AND id_site = ? AND deleted_at IS NULL", l.DeviceID, site)
}

func (l *DeviceProject) checkDelete(ctx context.Context, tx *Tx) error {
	err := tx.refuseIf(ctx, "t_participants", "participants of the project still have the device",
		`t_devices_participants l JOIN t_participants p ON p.id_participant = l.id_participant AND p.deleted_at IS NULL
		WHERE l.deleted_at IS NULL AND l.id_device = ? AND p.id_project = ?`, l.DeviceID, l.ProjectID)
	if err != nil {
		return err
	}
	return tx.refuseIf(ctx, "t_sessions", "device still has sessions in the project",
		`t_sessions x WHERE x.id_session IN (?) AND (x.id_creator_device = ? OR x.id_session IN
		(SELECT id_session FROM t_sessions_devices WHERE id_device = ? AND deleted_at IS NULL))`,
		sessionsOfProject(l.ProjectID), l.DeviceID, l.DeviceID)
}

// beforeDelete takes the device off the site's projects; one that is refused refuses the whole.
func (l *DeviceSite) beforeDelete(ctx context.Context, tx *Tx) error {
	return deleteAll[DeviceProject](ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("id_device = ? AND id_project IN (SELECT id_project FROM t_projects WHERE id_site = ?)", l.DeviceID, l.SiteID)
	})
}
