package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// The queries below filter a list. Zero fields do not filter; a slice that is empty but not nil leaves nothing. All
// take an Access and read live rows only; related rows that are deleted do not count either.

// UserQuery filters Users.
type UserQuery struct {
	IDs         []int
	UUIDs       []string
	Username    string
	Project     int   // has a role on it, directly or as administrator of its site
	Groups      []int // is a member of one of them
	SuperAdmins bool  // with Project: super-administrators too
	Enabled     *bool
}

// Users are ordered by first name; those who ask come last among their namesakes.
func (r *Reader) Users(ctx context.Context, a Access, f UserQuery) ([]*User, error) {
	return list[User](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = a.restrict(q, tableFor[User]()).Order("user_firstname")
		if a.kind == core.KindUser && !a.super {
			q = q.OrderExpr("CASE WHEN t_users.id_user = ? THEN 1 ELSE 0 END", a.id)
		}
		q = in(q, "t_users.id_user", f.IDs)
		q = in(q, "user_uuid", f.UUIDs)
		q = is(q, "user_enabled", f.Enabled)
		if f.Username != "" {
			q = q.Where("user_username = ?", f.Username)
		}
		if f.Groups != nil {
			q = q.Where("t_users.id_user IN (SELECT id_user FROM t_users_users_groups WHERE id_user_group IN (?) AND deleted_at IS NULL)", bun.List(f.Groups))
		}
		if f.Project != 0 {
			q = q.Where("((user_superadmin AND ?) OR t_users.id_user IN (?))", f.SuperAdmins, usersOfProject(f.Project))
		}
		return q
	})
}

// usersOfProject selects the users with a role on a project or as administrators of its site.
func usersOfProject(project int) fragment {
	return sqlf(`SELECT m.id_user FROM t_users_users_groups m JOIN (`+grants+`) r ON r.id_user_group = m.id_user_group
		WHERE m.deleted_at IS NULL AND (r.id_project = ? OR (r.service_role_name = 'admin'
			AND r.id_site IN (SELECT j.id_site FROM t_projects j WHERE j.id_project = ? AND j.deleted_at IS NULL)))`, project, project)
}

// SiteQuery filters Sites.
type SiteQuery struct {
	IDs    []int
	Device int
	Name   string
}

// Sites are ordered by name.
func (r *Reader) Sites(ctx context.Context, a Access, f SiteQuery) ([]*Site, error) {
	return list[Site](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = a.restrict(q, tableFor[Site]()).Order("site_name")
		q = in(q, "t_sites.id_site", f.IDs)
		if f.Device != 0 {
			q = q.Where("t_sites.id_site IN (SELECT id_site FROM t_devices_sites WHERE id_device = ? AND deleted_at IS NULL)", f.Device)
		}
		if f.Name != "" {
			q = q.Where("site_name = ?", f.Name)
		}
		return q
	})
}

// ProjectQuery filters Projects.
type ProjectQuery struct {
	IDs     []int
	Site    int
	Service int // offered there
	Name    string
	Enabled *bool
}

// Projects are ordered by name.
func (r *Reader) Projects(ctx context.Context, a Access, f ProjectQuery) ([]*Project, error) {
	return list[Project](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = a.restrict(q, tableFor[Project]()).Order("project_name")
		q = in(q, "t_projects.id_project", f.IDs)
		q = is(q, "project_enabled", f.Enabled)
		if f.Site != 0 {
			q = q.Where("t_projects.id_site = ?", f.Site)
		}
		if f.Service != 0 {
			q = q.Where("t_projects.id_project IN (SELECT id_project FROM t_services_projects WHERE id_service = ? AND deleted_at IS NULL)", f.Service)
		}
		if f.Name != "" {
			q = q.Where("project_name = ?", f.Name)
		}
		return q
	})
}

// SessionTypeQuery filters SessionTypes.
type SessionTypeQuery struct {
	IDs     []int
	Site    int
	Project int
	Usable  bool // those that a service runs only if that service is visible
}

// SessionTypes are ordered by name.
func (r *Reader) SessionTypes(ctx context.Context, a Access, f SessionTypeQuery) ([]*SessionType, error) {
	return list[SessionType](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = a.restrict(q, tableFor[SessionType]()).Order("session_type_name")
		q = in(q, "t_sessions_types.id_session_type", f.IDs)
		q = linked(q, "t_sessions_types", "id_session_type", "t_sessions_types_sites", "id_site", f.Site)
		if f.Usable {
			q = q.Where("(session_type_category <> ? OR t_sessions_types.id_service IN (?))", int(core.CategoryService), a.visible(tableFor[Service]()))
		}
		return linked(q, "t_sessions_types", "id_session_type", "t_sessions_types_projects", "id_project", f.Project)
	})
}

// ServiceQuery filters Services.
type ServiceQuery struct {
	IDs      []int
	UUIDs    []string
	Keys     []string
	Site     int
	Project  int
	Editable bool // only those whose configuration can be edited
	NotKey   string
}

// Services are ordered by key.
func (r *Reader) Services(ctx context.Context, a Access, f ServiceQuery) ([]*Service, error) {
	return list[Service](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = a.restrict(q, tableFor[Service]())
		q = in(q, "t_services.id_service", f.IDs)
		q = in(q, "service_uuid", f.UUIDs)
		q = in(q, "service_key", f.Keys)
		q = linked(q, "t_services", "id_service", "t_services_sites", "id_site", f.Site)
		q = linked(q, "t_services", "id_service", "t_services_projects", "id_project", f.Project)
		if f.Site != 0 || f.Project != 0 {
			q = q.Order("service_name")
		}
		if f.Editable {
			q = q.Where("service_editable_config")
		}
		if f.NotKey != "" {
			q = q.Where("service_key <> ?", f.NotKey)
		}
		return q
	})
}

// linked keeps the rows of table that the association link ties to id.
func linked(q *bun.SelectQuery, table, key, link, column string, id int) *bun.SelectQuery {
	if id == 0 {
		return q
	}
	return q.Where("?.? IN (SELECT ? FROM ? WHERE ? = ? AND deleted_at IS NULL)", bun.Ident(table), bun.Ident(key), bun.Ident(key),
		bun.Ident(link), bun.Ident(column), id)
}

func in[T int | string](q *bun.SelectQuery, column string, values []T) *bun.SelectQuery {
	if values == nil {
		return q
	}
	return q.Where("? IN (?)", bun.Ident(column), bun.List(values))
}

func is(q *bun.SelectQuery, column string, value *bool) *bun.SelectQuery {
	if value == nil {
		return q
	}
	return q.Where("? = ?", bun.Ident(column), *value)
}

// contains matches a part of a text, whatever the case, on both engines.
func contains(q *bun.SelectQuery, column, part string) *bun.SelectQuery {
	part = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(part))
	return q.Where(`LOWER(?) LIKE ? ESCAPE '\'`, bun.Ident(column), "%"+part+"%")
}
