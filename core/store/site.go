package store

import "github.com/uptrace/bun"

// Site is an institution.
type Site struct {
	bun.BaseModel `bun:"table:t_sites,alias:t_sites"`

	ID                int    `bun:"id_site,pk"`
	Name              string `bun:"site_name"`
	TwoFactorRequired bool   `bun:"site_2fa_required" db:"default"`
	SoftVersion
}
