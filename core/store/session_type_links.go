package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// SessionTypeProject offers a session type in a project.
type SessionTypeProject struct {
	bun.BaseModel `bun:"table:t_sessions_types_projects,alias:t_sessions_types_projects"`

	ID            int `bun:"id_session_type_project,pk"`
	SessionTypeID int `bun:"id_session_type" db:"fk=t_sessions_types.id_session_type cascade"`
	ProjectID     int `bun:"id_project" db:"fk=t_projects.id_project cascade"`
	SoftVersion
}

// SessionTypeService adds a secondary service to a session type.
type SessionTypeService struct {
	bun.BaseModel `bun:"table:t_sessions_types_services,alias:t_sessions_types_services"`

	ID            int `bun:"id_session_type_service,pk"`
	SessionTypeID int `bun:"id_session_type" db:"fk=t_sessions_types.id_session_type cascade"`
	ServiceID     int `bun:"id_service" db:"fk=t_services.id_service cascade"`
	SoftVersion
}

// SessionTypeSite offers a session type in a site.
type SessionTypeSite struct {
	bun.BaseModel `bun:"table:t_sessions_types_sites,alias:t_sessions_types_sites"`

	ID            int `bun:"id_session_type_site,pk"`
	SessionTypeID int `bun:"id_session_type" db:"fk=t_sessions_types.id_session_type cascade"`
	SiteID        int `bun:"id_site" db:"fk=t_sites.id_site cascade"`
	SoftVersion
}

// ownService returns the service that runs the sessions of a type of category SERVICE, nil for other types.
func (tx *Tx) ownService(ctx context.Context, sessionType int) (*int, error) {
	ids, err := tx.ids(ctx, `SELECT id_service FROM t_sessions_types WHERE id_session_type = ? AND session_type_category = ?
		AND id_service IS NOT NULL AND deleted_at IS NULL`, sessionType, core.CategoryService)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return &ids[0], nil
}

func (l *SessionTypeProject) beforeInsert(ctx context.Context, tx *Tx) error {
	site, err := tx.siteOf(ctx, l.ProjectID)
	if err != nil {
		return err
	}
	if err := tx.require(ctx, "t_sessions_types_sites", "session type is not in the project's site",
		"t_sessions_types_sites WHERE id_session_type = ? AND id_site = ? AND deleted_at IS NULL", l.SessionTypeID, site); err != nil {
		return err
	}
	service, err := tx.ownService(ctx, l.SessionTypeID)
	if err != nil || service == nil {
		return err
	}
	return tx.Insert(ctx, &ServiceProject{ServiceID: *service, ProjectID: l.ProjectID})
}

func (l *SessionTypeProject) checkDelete(ctx context.Context, tx *Tx) error {
	return tx.refuseIf(ctx, "t_sessions", "there are sessions of that type in the project",
		"t_sessions x WHERE x.id_session_type = ? AND x.id_session IN (?)", l.SessionTypeID, sessionsOfProject(l.ProjectID))
}

func (l *SessionTypeSite) beforeInsert(ctx context.Context, tx *Tx) error {
	service, err := tx.ownService(ctx, l.SessionTypeID)
	if err != nil || service == nil {
		return err
	}
	return tx.Insert(ctx, &ServiceSite{ServiceID: *service, SiteID: l.SiteID})
}

// beforeDelete takes the type off the site's projects; one that is refused refuses the whole.
func (l *SessionTypeSite) beforeDelete(ctx context.Context, tx *Tx) error {
	return deleteAll[SessionTypeProject](ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("id_session_type = ? AND id_project IN (SELECT id_project FROM t_projects WHERE id_site = ?)", l.SessionTypeID, l.SiteID)
	})
}

// beforeInsert offers the service wherever the session type is.
func (l *SessionTypeService) beforeInsert(ctx context.Context, tx *Tx) error {
	sites, err := tx.ids(ctx, "SELECT id_site FROM t_sessions_types_sites WHERE id_session_type = ? AND deleted_at IS NULL", l.SessionTypeID)
	if err != nil {
		return err
	}
	for _, site := range sites {
		if err := tx.Insert(ctx, &ServiceSite{ServiceID: l.ServiceID, SiteID: site}); err != nil {
			return err
		}
	}
	projects, err := tx.ids(ctx, "SELECT id_project FROM t_sessions_types_projects WHERE id_session_type = ? AND deleted_at IS NULL", l.SessionTypeID)
	if err != nil {
		return err
	}
	for _, project := range projects {
		if err := tx.Insert(ctx, &ServiceProject{ServiceID: l.ServiceID, ProjectID: project}); err != nil {
			return err
		}
	}
	return nil
}

func (l *SessionTypeService) checkDelete(ctx context.Context, tx *Tx) error {
	return tx.refuseIf(ctx, "t_sessions", "there are sessions of that type", "t_sessions WHERE id_session_type = ? AND deleted_at IS NULL", l.SessionTypeID)
}
