package store

import "github.com/uptrace/bun"

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
