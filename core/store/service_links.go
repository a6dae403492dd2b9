package store

import (
	"context"
	"errors"

	"github.com/uptrace/bun"
)

// ServiceProject offers a service in a project.
type ServiceProject struct {
	bun.BaseModel `bun:"table:t_services_projects,alias:t_services_projects"`

	ID        int `bun:"id_service_project,pk"`
	ServiceID int `bun:"id_service" db:"fk=t_services.id_service cascade"`
	ProjectID int `bun:"id_project" db:"fk=t_projects.id_project cascade"`
	SoftVersion
}

// ServiceSite offers a service in a site.
type ServiceSite struct {
	bun.BaseModel `bun:"table:t_services_sites,alias:t_services_sites"`

	ID        int `bun:"id_service_site,pk"`
	ServiceID int `bun:"id_service" db:"fk=t_services.id_service cascade"`
	SiteID    int `bun:"id_site" db:"fk=t_sites.id_site cascade"`
	SoftVersion
}

func (l *ServiceProject) beforeInsert(ctx context.Context, tx *Tx) error {
	site, err := tx.siteOf(ctx, l.ProjectID)
	if err != nil {
		return err
	}
	return tx.require(ctx, "t_services_sites", "service is not in the project's site",
		"t_services_sites WHERE id_service = ? AND id_site = ? AND deleted_at IS NULL", l.ServiceID, site)
}

func (l *ServiceProject) checkDelete(ctx context.Context, tx *Tx) error {
	sessions := sessionsOfProject(l.ProjectID)
	if err := tx.refuseIf(ctx, "t_sessions", "service still has sessions in the project",
		`t_sessions x JOIN t_sessions_types y ON y.id_session_type = x.id_session_type
		WHERE x.id_session IN (?) AND y.id_service = ?`, sessions, l.ServiceID); err != nil {
		return err
	}
	if err := tx.refuseIf(ctx, "t_tests", "service still has tests in the project",
		`t_tests x JOIN t_tests_types y ON y.id_test_type = x.id_test_type
		WHERE x.deleted_at IS NULL AND x.id_session IN (?) AND (x.id_service = ? OR y.id_service = ?)`,
		sessions, l.ServiceID, l.ServiceID); err != nil {
		return err
	}
	return tx.refuseIf(ctx, "t_assets", "service still has assets in the project",
		`t_assets x JOIN t_services y ON y.service_uuid = x.asset_service_uuid
		WHERE x.deleted_at IS NULL AND x.id_session IN (?) AND (x.id_service = ? OR y.id_service = ?)`,
		sessions, l.ServiceID, l.ServiceID)
}

// beforeDelete takes the service's session types and test types off the project.
func (l *ServiceProject) beforeDelete(ctx context.Context, tx *Tx) error {
	err := deleteAll[SessionTypeProject](ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("id_project = ? AND id_session_type IN (SELECT id_session_type FROM t_sessions_types WHERE id_service = ?)",
			l.ProjectID, l.ServiceID)
	})
	if err != nil {
		return err
	}
	return deleteAll[TestTypeProject](ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("id_project = ? AND id_test_type IN (SELECT id_test_type FROM t_tests_types WHERE id_service = ?)",
			l.ProjectID, l.ServiceID)
	})
}

// beforeDelete takes the service off the site's projects, one refused refusing the whole in the name of t_sessions
// (core.md 1.8), and its session types off the site.
func (l *ServiceSite) beforeDelete(ctx context.Context, tx *Tx) error {
	err := deleteAll[ServiceProject](ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("id_service = ? AND id_project IN (SELECT id_project FROM t_projects WHERE id_site = ?)", l.ServiceID, l.SiteID)
	})
	if refused, ok := errors.AsType[*IntegrityError](err); ok {
		return &IntegrityError{"t_sessions", refused.Reason}
	}
	if err != nil {
		return err
	}
	return deleteAll[SessionTypeSite](ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("id_site = ? AND id_session_type IN (SELECT id_session_type FROM t_sessions_types WHERE id_service = ?)",
			l.SiteID, l.ServiceID)
	})
}
