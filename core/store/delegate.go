package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// What administrators may hand on. OpenTera asks whether an administrator and a user or a group have some site or
// project in common; here nobody gives, or takes over, more than what they administer (core.md 13.2).

// inScope is the condition that the place of a role o, if it has one, is administered by a.
func inScope(a Access) fragment {
	return sqlf("(o.id_site IS NULL OR o.id_site IN (?)) AND (o.id_project IS NULL OR o.id_project IN (?))",
		a.visible(tableNamed("t_sites")), a.visible(tableNamed("t_projects")))
}

// grantableRoles selects the roles that a user may give to others: those of the OpenTera server on sites and projects
// that the user administers; those of a service that is used there, whose role admin without site and project, which
// reaches beyond them, only users give who have it themselves.
func grantableRoles(a Access) fragment {
	a = a.Admin()
	return sqlf(`SELECT o.id_service_role FROM t_services_roles o JOIN t_services v ON v.id_service = o.id_service AND v.deleted_at IS NULL
		WHERE o.deleted_at IS NULL AND ? AND (
			(v.service_key = '`+core.ServiceOpenTera+`' AND (o.id_site IS NOT NULL OR o.id_project IS NOT NULL))
			OR (v.service_key <> '`+core.ServiceOpenTera+`' AND o.id_service IN (?)
				AND (o.service_role_name <> '`+core.RoleAdmin+`' OR o.id_site IS NOT NULL OR o.id_project IS NOT NULL))
			OR (v.service_key <> '`+core.ServiceOpenTera+`' AND o.id_site IS NULL AND o.id_project IS NULL AND o.id_service_role IN (
				SELECT h.id_service_role FROM t_services_access h JOIN t_users_users_groups m ON m.id_user_group = h.id_user_group
				WHERE h.deleted_at IS NULL AND m.deleted_at IS NULL AND m.id_user = ?)))`, inScope(a), userServices(a), a.id)
}

// groupsBeyond selects the groups that have a role on a site or project that a does not administer.
func groupsBeyond(a Access) fragment {
	return sqlf(`SELECT l.id_user_group FROM t_services_access l JOIN t_services_roles o ON o.id_service_role = l.id_service_role AND o.deleted_at IS NULL
		WHERE l.deleted_at IS NULL AND l.id_user_group IS NOT NULL AND NOT (?)`, inScope(a.Admin()))
}

// groupsUngrantable selects the groups that have a role which a may not give.
func groupsUngrantable(a Access) fragment {
	return sqlf(`SELECT l.id_user_group FROM t_services_access l JOIN t_services_roles o ON o.id_service_role = l.id_service_role AND o.deleted_at IS NULL
		WHERE l.deleted_at IS NULL AND l.id_user_group IS NOT NULL AND l.id_service_role NOT IN (?)`, grantableRoles(a))
}

// newGroups selects the groups without a role and without a member: whoever made them goes on with them.
func newGroups() fragment {
	return sqlf(`SELECT x.id_user_group FROM t_users_groups x WHERE x.deleted_at IS NULL
		AND NOT EXISTS (SELECT 1 FROM t_services_access l WHERE l.id_user_group = x.id_user_group AND l.deleted_at IS NULL)
		AND NOT EXISTS (SELECT 1 FROM t_users_users_groups m WHERE m.id_user_group = x.id_user_group AND m.deleted_at IS NULL)`)
}

// userServiceAccess: the role's service and all that has the role must be visible, and the role's site or project too.
func userServiceAccess(a Access) fragment {
	one := func(table, key string) fragment {
		return sqlf("(x."+key+" IS NULL OR x."+key+" IN (?))", a.visible(tableNamed(table)))
	}
	return sqlf(`SELECT x.id_service_access FROM t_services_access x
		JOIN t_services_roles o ON o.id_service_role = x.id_service_role AND o.deleted_at IS NULL
		WHERE x.deleted_at IS NULL AND o.id_service IN (?) AND ? AND ? AND ? AND ?
		AND (x.id_user_group IS NOT NULL OR x.id_device IS NOT NULL OR x.id_participant_group IS NOT NULL)`,
		userServices(a), inScope(a), one("t_users_groups", "id_user_group"), one("t_devices", "id_device"),
		one("t_participants_groups", "id_participant_group"))
}

// GroupRight is what somebody wants to do to a user group.
type GroupRight int

const (
	// GroupRename: rename or delete it. It belongs to a site that one administers and to no other, or is new.
	GroupRename GroupRight = iota
	// GroupGiveRole: give it a role on a place of one's own. One sees it, or it is new.
	GroupGiveRole
	// GroupAddMember: add a member, who gets all its roles. One manages the group, and may give each of its roles.
	GroupAddMember
)

// MayWithGroups reports whether a has a right on all these groups.
func (r *Reader) MayWithGroups(ctx context.Context, a Access, right GroupRight, groups ...int) (bool, error) {
	var allowed fragment
	switch {
	case a.all():
		allowed = a.visible(tableNamed("t_users_groups"))
	case right == GroupRename:
		allowed = sqlf("SELECT q.id_user_group FROM (?) q WHERE q.id_user_group NOT IN (?) UNION ?", userGroupsBySite(a.Admin()), groupsBeyond(a), newGroups())
	case right == GroupGiveRole:
		allowed = sqlf("? UNION ? UNION ?", userGroups(a), userGroupsBySite(a), newGroups())
	case right == GroupAddMember:
		allowed = sqlf("SELECT q.id_user_group FROM (?) q WHERE q.id_user_group NOT IN (?)", userGroups(a.Admin()), groupsUngrantable(a))
	}
	for batch := range batches(groups) {
		n, err := r.count(ctx, "SELECT count(*) FROM t_users_groups WHERE id_user_group IN (?) AND id_user_group IN (?)", bun.List(batch), allowed)
		if err != nil {
			return false, fmt.Errorf("right on user groups: %w", err)
		}
		if n != len(batch) {
			return false, nil
		}
	}
	return true, nil
}

// MayEditUser reports whether a may edit somebody else's account: edit, when a administers a site where the user has a
// role; and whole, when a may also take it over (password, disabling, deletion), since the user has no right that a may
// not give. Nobody but super-administrators edits super-administrators.
func (r *Reader) MayEditUser(ctx context.Context, a Access, user int) (edit, whole bool, err error) {
	if a.all() {
		return true, true, nil
	}
	groups := sqlf("SELECT m.id_user_group FROM t_users_users_groups m WHERE m.id_user = ? AND m.deleted_at IS NULL", user)
	n, err := r.count(ctx, `SELECT count(*) FROM t_users u WHERE u.id_user = ? AND u.deleted_at IS NULL AND NOT u.user_superadmin
		AND EXISTS (SELECT 1 FROM (?) g WHERE g.id_user_group IN (?))`, user, groups, userGroupsBySite(a.Admin()))
	if err != nil || n == 0 {
		return false, false, err
	}
	n, err = r.count(ctx, "SELECT count(*) FROM (?) g WHERE g.id_user_group IN (?)", groups, groupsUngrantable(a))
	return true, n == 0, err
}
