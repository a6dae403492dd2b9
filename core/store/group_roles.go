package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// PlaceRoles are roles by id_site and by id_project, on live ones only (core.md 5.1).
type PlaceRoles struct {
	Sites, Projects map[int]Role
}

// RolesOfGroups returns the roles that groups give by themselves, by id_user_group; every group asked for is there.
func (r *Reader) RolesOfGroups(ctx context.Context, groups []int) (map[int]PlaceRoles, error) {
	return r.placeRoles(ctx, groups, func(batch []int) fragment {
		return sqlf("SELECT id_user_group AS owner, id_user_group FROM t_users_groups WHERE id_user_group IN (?)", bun.List(batch))
	})
}

// RolesOfUsers returns the roles that users have through their groups, by id_user; every user asked for is there. That
// super-administrators are administrators everywhere is not told.
func (r *Reader) RolesOfUsers(ctx context.Context, users []int) (map[int]PlaceRoles, error) {
	return r.placeRoles(ctx, users, func(batch []int) fragment {
		return sqlf("SELECT id_user AS owner, id_user_group FROM t_users_users_groups WHERE deleted_at IS NULL AND id_user IN (?)", bun.List(batch))
	})
}

// placeRoles follows the groups of each owner. own and inherited roles come in turn, so that better decides between them.
func (r *Reader) placeRoles(ctx context.Context, owners []int, groupsOf func([]int) fragment) (map[int]PlaceRoles, error) {
	found := make(map[int]PlaceRoles, len(owners))
	for _, id := range owners {
		found[id] = PlaceRoles{map[int]Role{}, map[int]Role{}}
	}
	var rows []struct {
		Owner     int    `bun:"owner"`
		Place     int    `bun:"place"`
		Name      string `bun:"name"`
		Project   bool   `bun:"project"`
		Inherited bool   `bun:"inherited"`
	}
	for batch := range batches(owners) {
		rows = rows[:0]
		err := r.db.NewRaw(`WITH role AS (SELECT w.owner, r.id_site, r.id_project, r.service_role_name FROM (`+grants+`) r JOIN (?) w ON w.id_user_group = r.id_user_group)
			SELECT r.owner, x.id_site AS place, r.service_role_name AS name, FALSE AS project, FALSE AS inherited
				FROM role r JOIN t_sites x ON x.id_site = r.id_site AND x.deleted_at IS NULL
			UNION ALL SELECT r.owner, j.id_site, '`+core.RoleUser+`', FALSE, TRUE FROM role r JOIN t_projects j ON j.id_project = r.id_project AND j.deleted_at IS NULL
			UNION ALL SELECT r.owner, j.id_project, r.service_role_name, TRUE, FALSE FROM role r JOIN t_projects j ON j.id_project = r.id_project AND j.deleted_at IS NULL
			UNION ALL SELECT r.owner, j.id_project, '`+core.RoleAdmin+`', TRUE, TRUE FROM role r JOIN t_projects j ON j.id_site = r.id_site AND j.deleted_at IS NULL
				WHERE r.service_role_name = '`+core.RoleAdmin+`'`, groupsOf(batch)).Scan(ctx, &rows)
		if err != nil {
			return nil, fmt.Errorf("roles of groups: %w", translate(err))
		}
		for _, row := range rows {
			roles := found[row.Owner].Sites
			if row.Project {
				roles = found[row.Owner].Projects
			}
			better(roles, row.Place, Role{row.Name, row.Inherited})
		}
	}
	return found, nil
}

// ServiceAccessQuery filters ServiceAccesses.
type ServiceAccessQuery struct {
	Group, ParticipantGroup, Device int // has the role
	User                            int // is a member of the group that has it
	Service                         int // whose role it is
}

// ServiceAccesses are ordered by service.
func (r *Reader) ServiceAccesses(ctx context.Context, a Access, f ServiceAccessQuery) ([]*ServiceAccess, error) {
	return list[ServiceAccess](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = a.restrict(q, tableFor[ServiceAccess]()).
			Join("JOIN t_services_roles o ON o.id_service_role = t_services_access.id_service_role AND o.deleted_at IS NULL").Order("o.id_service")
		for column, id := range map[string]int{
			"t_services_access.id_user_group": f.Group, "t_services_access.id_participant_group": f.ParticipantGroup,
			"t_services_access.id_device": f.Device, "o.id_service": f.Service,
		} {
			if id != 0 {
				q = q.Where("? = ?", bun.Ident(column), id)
			}
		}
		if f.User != 0 {
			q = q.Where("t_services_access.id_user_group IN (SELECT id_user_group FROM t_users_users_groups WHERE id_user = ? AND deleted_at IS NULL)", f.User)
		}
		return q
	})
}

// PlaceRole returns the role of the OpenTera server with that name on the site or the project of place; ErrNotFound.
func (r *Reader) PlaceRole(ctx context.Context, site, project int, name string) (*ServiceRole, error) {
	rows, err := list[ServiceRole](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = q.Where("t_services_roles.id_service IN (SELECT id_service FROM t_services WHERE service_key = ? AND deleted_at IS NULL)", core.ServiceOpenTera).
			Where("service_role_name = ?", name).Limit(1)
		if site != 0 {
			return q.Where("t_services_roles.id_site = ?", site)
		}
		return q.Where("t_services_roles.id_project = ?", project)
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("role %q: %w", name, ErrNotFound)
	}
	return rows[0], nil
}

// SetGroupRole makes role the only one of the OpenTera server that a group has on a site, or else on a project; role 0
// takes it away. The first row there is keeps its key (core.md 4.2).
func (tx *Tx) SetGroupRole(ctx context.Context, group, site, project, role int) (*ServiceAccess, error) {
	if err := tx.lock(ctx, tableFor[UserGroup](), group); err != nil {
		return nil, err
	}
	rows, err := list[ServiceAccess](ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
		roles := sqlf("SELECT o.id_service_role FROM t_services_roles o JOIN t_services v ON v.id_service = o.id_service WHERE v.service_key = '" + core.ServiceOpenTera + "'")
		column, place := "id_site", site
		if site == 0 {
			column, place = "id_project", project
		}
		return q.Where("id_user_group = ? AND id_service_role IN (? AND ? = ?)", group, roles, bun.Ident("o."+column), place)
	})
	if err != nil {
		return nil, err
	}
	if role == 0 {
		return nil, tx.deleteRows(ctx, rows)
	}
	if len(rows) == 0 {
		x := &ServiceAccess{UserGroupID: &group, RoleID: role}
		return x, tx.Insert(ctx, x)
	}
	if err := tx.deleteRows(ctx, rows[1:]); err != nil {
		return nil, err
	}
	x := rows[0]
	if x.RoleID == role {
		return x, nil
	}
	return UpdateJSON[ServiceAccess](ctx, tx, x.ID, Object{"id_service_role": role})
}

// SetGroupRolesOf makes roles the ones of a service that a group has.
func (tx *Tx) SetGroupRolesOf(ctx context.Context, group, service int, roles []int) error {
	if err := tx.lock(ctx, tableFor[UserGroup](), group); err != nil {
		return err
	}
	rows, err := tx.ServiceAccesses(ctx, Everything(), ServiceAccessQuery{Group: group, Service: service})
	if err != nil {
		return err
	}
	missing := make(map[int]bool, len(roles))
	for _, id := range roles {
		missing[id] = true
	}
	for _, x := range rows {
		if missing[x.RoleID] {
			delete(missing, x.RoleID)
			continue
		}
		if err := tx.Delete(ctx, x); err != nil {
			return err
		}
	}
	for _, id := range roles {
		if !missing[id] {
			continue
		}
		delete(missing, id)
		if err := tx.Insert(ctx, &ServiceAccess{UserGroupID: &group, RoleID: id}); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) deleteRows(ctx context.Context, rows []*ServiceAccess) error {
	for _, x := range rows {
		if err := tx.Delete(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// HasProjectRole reports whether a group has a role of its own on a project of the site.
func (r *Reader) HasProjectRole(ctx context.Context, group, site int) (bool, error) {
	n, err := r.count(ctx, "SELECT count(*) FROM ("+grants+") r JOIN t_projects j ON j.id_project = r.id_project AND j.deleted_at IS NULL WHERE r.id_user_group = ? AND j.id_site = ?", group, site)
	return n > 0, err
}
