package store

import "github.com/uptrace/bun"

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
