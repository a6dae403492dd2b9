package store

import (
	"context"

	"github.com/uptrace/bun"
)

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

func (p *Project) setDefaults() { p.Enabled = true }

// afterSave makes the roles of a new project, and takes accounts and devices from the participants of a project that
// has just been disabled.
func (p *Project) afterSave(ctx context.Context, tx *Tx, oldRow Row, set columnSet) error {
	if oldRow == nil {
		return tx.addRoles(ctx, ServiceRole{ProjectID: &p.ID})
	}
	if p.Enabled || !set["project_enabled"] {
		return nil
	}
	participants, err := list[Participant](ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id_project = ?", p.ID) })
	if err != nil {
		return err
	}
	for _, x := range participants {
		if x.Enabled {
			x.Enabled = false
			if err := tx.Update(ctx, x, "participant_enabled"); err != nil {
				return err
			}
		}
	}
	return deleteAll[DeviceParticipant](ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("id_participant IN (SELECT id_participant FROM t_participants WHERE id_project = ? AND deleted_at IS NULL)", p.ID)
	})
}

func (p *Project) checkDelete(ctx context.Context, tx *Tx) error {
	return tx.refuseIf(ctx, "t_participants", "project still has participants with data",
		"t_participants p WHERE p.deleted_at IS NULL AND p.id_project = ? AND "+inUse, p.ID)
}

func projectJSON(ctx context.Context, r *Reader, rows []Row, out []Object, m Mode) error {
	if m == Min {
		return nil
	}
	sites, err := related[Site](ctx, r, rows, func(row Row) *int { return &row.(*Project).SiteID })
	if err != nil {
		return err
	}
	for i, row := range rows {
		if s := sites[row.(*Project).SiteID]; s != nil {
			out[i]["site_name"] = s.Name
		}
	}
	return nil
}
