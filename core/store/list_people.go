package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// ParticipantQuery filters Participants.
type ParticipantQuery struct {
	IDs          []int
	UUIDs        []string
	Username     string
	Name         string
	NameContains string
	Site         int
	Project      int
	Group        int
	NoGroup      bool
	Session      int // takes part in it
	Device       int // has it
	Enabled      *bool
	Recent       bool // last changed first, instead of by name
	Limit        int
}

// Participants are ordered by name.
func (r *Reader) Participants(ctx context.Context, a Access, f ParticipantQuery) ([]*Participant, error) {
	return list[Participant](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = a.restrict(q, tableFor[Participant]())
		if f.Recent {
			q = q.Order("t_participants.version_id DESC")
		} else {
			q = q.Order("participant_name")
		}
		q = in(q, "t_participants.id_participant", f.IDs)
		q = in(q, "participant_uuid", f.UUIDs)
		q = is(q, "participant_enabled", f.Enabled)
		q = linked(q, "t_participants", "id_participant", "t_sessions_participants", "id_session", f.Session)
		q = linked(q, "t_participants", "id_participant", "t_devices_participants", "id_device", f.Device)
		if f.Username != "" {
			q = q.Where("participant_username = ?", f.Username)
		}
		if f.Name != "" {
			q = q.Where("participant_name = ?", f.Name)
		}
		if f.NameContains != "" {
			q = contains(q, "participant_name", f.NameContains)
		}
		if f.Site != 0 {
			q = q.Where("t_participants.id_project IN (SELECT id_project FROM t_projects WHERE id_site = ? AND deleted_at IS NULL)", f.Site)
		}
		if f.Project != 0 {
			q = q.Where("t_participants.id_project = ?", f.Project)
		}
		if f.Group != 0 {
			q = q.Where("t_participants.id_participant_group = ?", f.Group)
		}
		if f.NoGroup {
			q = q.Where("t_participants.id_participant_group IS NULL")
		}
		if f.Limit > 0 {
			q = q.Limit(int64(f.Limit))
		}
		return q
	})
}

// DeviceQuery filters Devices.
type DeviceQuery struct {
	IDs         []int
	UUIDs       []string
	Name        string
	Type        int
	Subtype     int
	Site        int
	Project     int
	Participant int // lent to
	Session     int // takes part in it
	Enabled     *bool
}

// Devices are ordered by name.
func (r *Reader) Devices(ctx context.Context, a Access, f DeviceQuery) ([]*Device, error) {
	return list[Device](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = a.restrict(q, tableFor[Device]()).Order("device_name")
		q = in(q, "t_devices.id_device", f.IDs)
		q = in(q, "device_uuid", f.UUIDs)
		q = is(q, "device_enabled", f.Enabled)
		q = linked(q, "t_devices", "id_device", "t_devices_sites", "id_site", f.Site)
		q = linked(q, "t_devices", "id_device", "t_devices_projects", "id_project", f.Project)
		q = linked(q, "t_devices", "id_device", "t_devices_participants", "id_participant", f.Participant)
		q = linked(q, "t_devices", "id_device", "t_sessions_devices", "id_session", f.Session)
		if f.Name != "" {
			q = q.Where("device_name = ?", f.Name)
		}
		if f.Type != 0 {
			q = q.Where("id_device_type = ?", f.Type)
		}
		if f.Subtype != 0 {
			q = q.Where("id_device_subtype = ?", f.Subtype)
		}
		return q
	})
}

// ParticipantGroups lists the groups that a may see, of one project if it is not 0, by name.
func (r *Reader) ParticipantGroups(ctx context.Context, a Access, project int) ([]*ParticipantGroup, error) {
	return list[ParticipantGroup](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = a.restrict(q, tableFor[ParticipantGroup]()).Order("participant_group_name")
		if project != 0 {
			q = q.Where("id_project = ?", project)
		}
		return q
	})
}

// UserGroupQuery filters UserGroups.
type UserGroupQuery struct {
	IDs     []int
	User    int  // is a member
	Site    int  // has a role on it or on one of its projects
	Project int  // has a role on it, or is administrator of its site
	BySite  bool // for a user: the groups that share a site instead of a project
	Own     bool // for a user: only those that have no role on a place which the user does not administer
}

// UserGroups are ordered by name. With Admin, groups that have one place in common with those that the user administers;
// Can asks for more.
func (r *Reader) UserGroups(ctx context.Context, a Access, f UserGroupQuery) ([]*UserGroup, error) {
	return list[UserGroup](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		switch {
		case a.kind != core.KindUser || a.super:
			q = a.restrict(q, tableFor[UserGroup]())
		case f.BySite:
			q = q.Where("t_users_groups.id_user_group IN (?)", userGroupsBySite(a))
		default:
			q = q.Where("t_users_groups.id_user_group IN (?)", userGroupsByProject(a))
		}
		if f.Site != 0 {
			q = q.Where("t_users_groups.id_user_group IN (SELECT r.id_user_group FROM ("+grants+`) r
				LEFT JOIN t_projects j ON j.id_project = r.id_project AND j.deleted_at IS NULL WHERE r.id_site = ? OR j.id_site = ?)`, f.Site, f.Site)
		}
		if f.Project != 0 {
			q = q.Where("t_users_groups.id_user_group IN (SELECT r.id_user_group FROM ("+grants+`) r WHERE r.id_project = ? OR (r.service_role_name = 'admin'
				AND r.id_site IN (SELECT j.id_site FROM t_projects j WHERE j.id_project = ? AND j.deleted_at IS NULL)))`, f.Project, f.Project)
		}
		if f.Own && !a.all() {
			q = q.Where("t_users_groups.id_user_group NOT IN (?)", groupsBeyond(a))
		}
		q = in(q.Order("user_group_name"), "t_users_groups.id_user_group", f.IDs)
		return linked(q, "t_users_groups", "id_user_group", "t_users_users_groups", "id_user", f.User)
	})
}
