package store

import (
	"context"

	"github.com/uptrace/bun"
)

// Site is an institution.
type Site struct {
	bun.BaseModel `bun:"table:t_sites,alias:t_sites"`

	ID                int    `bun:"id_site,pk"`
	Name              string `bun:"site_name"`
	TwoFactorRequired bool   `bun:"site_2fa_required" db:"default"`
	SoftVersion
}

// afterSave makes the roles of a new site; a site that requires two factors passes that on to its users.
func (s *Site) afterSave(ctx context.Context, tx *Tx, old Row, _ columnSet) error {
	if old == nil {
		if err := tx.addRoles(ctx, ServiceRole{SiteID: &s.ID}); err != nil {
			return err
		}
	}
	if !s.TwoFactorRequired {
		return nil
	}
	return tx.twoFactorForSite(ctx, s.ID)
}

func (s *Site) checkDelete(ctx context.Context, tx *Tx) error {
	return tx.refuseIf(ctx, "t_projects", "site still has projects with participants with data",
		`t_participants p JOIN t_projects j ON j.id_project = p.id_project AND j.deleted_at IS NULL
		WHERE p.deleted_at IS NULL AND j.id_site = ? AND `+inUse, s.ID)
}
