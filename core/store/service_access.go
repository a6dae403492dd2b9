package store

import (
	"context"
	"maps"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// ServiceRole is a role within a service; with a site or a project it holds there only (core.md 5.1).
type ServiceRole struct {
	bun.BaseModel `bun:"table:t_services_roles,alias:t_services_roles"`

	ID        int    `bun:"id_service_role,pk"`
	ServiceID int    `bun:"id_service" db:"fk=t_services.id_service cascade"`
	ProjectID *int   `bun:"id_project" db:"fk=t_projects.id_project cascade"`
	SiteID    *int   `bun:"id_site" db:"fk=t_sites.id_site cascade"`
	Name      string `bun:"service_role_name" db:"size=100"`
	SoftVersion
}

// ServiceAccess gives a role to one user group, device or participant group.
type ServiceAccess struct {
	bun.BaseModel `bun:"table:t_services_access,alias:t_services_access"`

	ID                 int  `bun:"id_service_access,pk"`
	UserGroupID        *int `bun:"id_user_group" db:"fk=t_users_groups.id_user_group cascade"`
	DeviceID           *int `bun:"id_device" db:"fk=t_devices.id_device cascade"`
	ParticipantGroupID *int `bun:"id_participant_group" db:"fk=t_participants_groups.id_participant_group cascade"`
	RoleID             int  `bun:"id_service_role" db:"fk=t_services_roles.id_service_role cascade"`
	SoftVersion
}

// afterSave: a role on a site that requires two factors passes that on to the users of the group. Upstream waits until
// the group, a membership or the user is saved.
func (x *ServiceAccess) afterSave(ctx context.Context, tx *Tx, _ Row, _ columnSet) error {
	if x.UserGroupID == nil {
		return nil
	}
	return tx.twoFactorForGroup(ctx, *x.UserGroupID)
}

// addRoles adds the roles admin and user of the OpenTera server itself, for a new site or project.
func (tx *Tx) addRoles(ctx context.Context, in ServiceRole) error {
	service, err := tx.ServiceByKey(ctx, core.ServiceOpenTera)
	if err != nil {
		return err
	}
	for _, name := range []string{core.RoleAdmin, core.RoleUser} {
		role := in
		role.ServiceID, role.Name = service.ID, name
		if err := tx.Insert(ctx, &role); err != nil {
			return err
		}
	}
	return nil
}

func serviceRoleJSON(ctx context.Context, r *Reader, rows []Row, out []Object, m Mode) error {
	if m == Min {
		return nil
	}
	services, err := related[Service](ctx, r, rows, func(row Row) *int { return &row.(*ServiceRole).ServiceID })
	if err != nil {
		return err
	}
	projects, err := related[Project](ctx, r, rows, func(row Row) *int { return row.(*ServiceRole).ProjectID })
	if err != nil {
		return err
	}
	sites, err := related[Site](ctx, r, rows, func(row Row) *int { return row.(*ServiceRole).SiteID })
	if err != nil {
		return err
	}
	for i, row := range rows {
		role := row.(*ServiceRole)
		if s := services[role.ServiceID]; s != nil {
			out[i]["service_name"] = s.Name
		}
		if p := at(projects, role.ProjectID); p != nil {
			out[i]["project_name"] = p.Name
		}
		if s := at(sites, role.SiteID); s != nil {
			out[i]["site_name"] = s.Name
		}
	}
	return nil
}

// serviceAccessJSON is merged with the JSON of the role (core.md 1.6).
func serviceAccessJSON(ctx context.Context, r *Reader, rows []Row, out []Object, m Mode) error {
	roles, err := related[ServiceRole](ctx, r, rows, func(row Row) *int { return &row.(*ServiceAccess).RoleID })
	if err != nil {
		return err
	}
	var live []*ServiceRole
	var of [][]int // for each role, the rows that have it
	position := map[int]int{}
	for i, row := range rows {
		role := roles[row.(*ServiceAccess).RoleID]
		if role == nil {
			continue
		}
		n, seen := position[role.ID]
		if !seen {
			n = len(live)
			position[role.ID] = n
			live, of = append(live, role), append(of, nil)
		}
		of[n] = append(of[n], i)
	}
	objects, err := JSON(ctx, r, m, live...)
	if err != nil {
		return err
	}
	for n, o := range objects {
		for _, i := range of[n] {
			maps.Copy(out[i], o)
		}
	}
	if m == Min {
		return nil
	}
	return serviceAccessNames(ctx, r, rows, out, roles)
}

func serviceAccessNames(ctx context.Context, r *Reader, rows []Row, out []Object, roles map[int]*ServiceRole) error {
	services, err := related[Service](ctx, r, rows, func(row Row) *int {
		if role := roles[row.(*ServiceAccess).RoleID]; role != nil {
			return &role.ServiceID
		}
		return nil
	})
	if err != nil {
		return err
	}
	groups, err := related[UserGroup](ctx, r, rows, func(row Row) *int { return row.(*ServiceAccess).UserGroupID })
	if err != nil {
		return err
	}
	devices, err := related[Device](ctx, r, rows, func(row Row) *int { return row.(*ServiceAccess).DeviceID })
	if err != nil {
		return err
	}
	participantGroups, err := related[ParticipantGroup](ctx, r, rows, func(row Row) *int { return row.(*ServiceAccess).ParticipantGroupID })
	if err != nil {
		return err
	}
	for i, row := range rows {
		a := row.(*ServiceAccess)
		if role := roles[a.RoleID]; role != nil {
			out[i]["service_access_role_name"] = role.Name
			if s := services[role.ServiceID]; s != nil {
				out[i]["service_key"] = s.Key
			}
		}
		if g := at(groups, a.UserGroupID); g != nil {
			out[i]["user_group_name"] = g.Name
		}
		if d := at(devices, a.DeviceID); d != nil {
			out[i]["device_name"] = d.Name
		}
		if g := at(participantGroups, a.ParticipantGroupID); g != nil {
			out[i]["participant_group_name"] = g.Name
		}
	}
	return nil
}
