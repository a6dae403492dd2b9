package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/gotera/gotera/core"
)

// Role is what a user is on a site or project. Inherited: not given there itself, but by the site, by a project of the
// site, or by being a super-administrator (core.md 5.1).
type Role struct {
	Name      string
	Inherited bool
}

type grant struct {
	SiteID    *int   `bun:"id_site"`
	ProjectID *int   `bun:"id_project"`
	Name      string `bun:"service_role_name"`
}

func (r *Reader) grantsOf(ctx context.Context, u *User) ([]grant, error) {
	var found []grant
	if err := r.db.NewRaw("SELECT r.id_site, r.id_project, r.service_role_name FROM (?) r", rolesOf(u.ID)).Scan(ctx, &found); err != nil {
		return nil, fmt.Errorf("roles of user %d: %w", u.ID, translate(err))
	}
	return found, nil
}

// better keeps admin over other names, and a role of one's own over an inherited one of the same name.
func better(roles map[int]Role, id int, role Role) {
	old, have := roles[id]
	if !have || old.Name != core.RoleAdmin && role.Name == core.RoleAdmin || old.Name == role.Name && old.Inherited {
		roles[id] = role
	}
}

// SiteRoles returns the role of a user on each live site where there is one, by id_site.
func (r *Reader) SiteRoles(ctx context.Context, u *User) (map[int]Role, error) {
	roles := map[int]Role{}
	sites, err := Accessible[Site](ctx, r, u.Access())
	if err != nil {
		return nil, err
	}
	if u.SuperAdmin {
		for _, s := range sites {
			roles[s.ID] = Role{core.RoleAdmin, true}
		}
		return roles, nil
	}
	grants, err := r.grantsOf(ctx, u)
	if err != nil {
		return nil, err
	}
	for _, s := range sites {
		for _, g := range grants {
			if g.SiteID != nil && *g.SiteID == s.ID {
				better(roles, s.ID, Role{g.Name, false})
			}
		}
		if _, have := roles[s.ID]; !have { // visible through a project
			roles[s.ID] = Role{core.RoleUser, true}
		}
	}
	return roles, nil
}

// ProjectRoles returns the role of a user on each live project where there is one, by id_project.
func (r *Reader) ProjectRoles(ctx context.Context, u *User) (map[int]Role, error) {
	roles := map[int]Role{}
	projects, err := Accessible[Project](ctx, r, u.Access())
	if err != nil {
		return nil, err
	}
	if u.SuperAdmin {
		for _, p := range projects {
			roles[p.ID] = Role{core.RoleAdmin, true}
		}
		return roles, nil
	}
	grants, err := r.grantsOf(ctx, u)
	if err != nil {
		return nil, err
	}
	for _, p := range projects {
		for _, g := range grants {
			switch {
			case g.ProjectID != nil && *g.ProjectID == p.ID:
				better(roles, p.ID, Role{g.Name, false})
			case g.SiteID != nil && *g.SiteID == p.SiteID && g.Name == core.RoleAdmin:
				better(roles, p.ID, Role{core.RoleAdmin, true})
			}
		}
	}
	return roles, nil
}

// GlobalRoles returns the names of a user's roles without site and project by service key: the claim service_access of
// the user token (core.md 3.2). Empty for super-administrators, who need none.
func (r *Reader) GlobalRoles(ctx context.Context, user int) (map[string][]string, error) {
	var found []struct {
		Key  string `bun:"service_key"`
		Name string `bun:"service_role_name"`
	}
	err := r.db.NewRaw(`SELECT v.service_key, o.service_role_name FROM t_users u
		JOIN t_users_users_groups m ON m.id_user = u.id_user AND m.deleted_at IS NULL
		JOIN t_users_groups g ON g.id_user_group = m.id_user_group AND g.deleted_at IS NULL
		JOIN t_services_access a ON a.id_user_group = g.id_user_group AND a.deleted_at IS NULL
		JOIN t_services_roles o ON o.id_service_role = a.id_service_role AND o.deleted_at IS NULL
		JOIN t_services v ON v.id_service = o.id_service AND v.deleted_at IS NULL
		WHERE u.id_user = ? AND u.deleted_at IS NULL AND NOT u.user_superadmin AND o.id_site IS NULL AND o.id_project IS NULL
		ORDER BY a.id_service_access`, user).Scan(ctx, &found)
	if err != nil {
		return nil, fmt.Errorf("global roles of user %d: %w", user, translate(err))
	}
	roles := map[string][]string{}
	for _, f := range found {
		if !slices.Contains(roles[f.Key], f.Name) {
			roles[f.Key] = append(roles[f.Key], f.Name)
		}
	}
	return roles, nil
}
