package store

import "github.com/uptrace/bun"

// Project holds participants; it belongs to a site.
type Project struct {
	bun.BaseModel `bun:"table:t_projects,alias:t_projects"`

	ID          int     `bun:"id_project,pk"`
	SiteID      int     `bun:"id_site" db:"fk=t_sites.id_site cascade"`
	Name        string  `bun:"project_name"`
	Enabled     bool    `bun:"project_enabled" db:"default"` // default true
	Description *string `bun:"project_description"`
	SoftVersion
}
