package store

import "github.com/uptrace/bun"

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
