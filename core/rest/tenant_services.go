package rest

import (
	"slices"

	"github.com/gotera/gotera/core/store"
)

// hideOtherTenants leaves, in the full JSON of services, of their roles and projects those that the caller may see: a
// service is used by several tenants, and a role holds the name of its site or project.
func (c *call) hideOtherTenants(services []store.Object) error {
	for _, list := range []struct {
		key, id string
		see     func(c *call, ids []int) (map[int]bool, error)
	}{
		{"service_roles", "id_service_role", seenRoles}, {"service_projects", "id_project", visibleIDs[store.Project]},
	} {
		ids := []int{}
		for _, s := range services {
			inner, _ := s[list.key].([]store.Object)
			ids = append(ids, column(inner, list.id)...)
		}
		seen, err := list.see(c, ids)
		if err != nil {
			return err
		}
		for _, s := range services {
			if inner, ok := s[list.key].([]store.Object); ok {
				s[list.key] = slices.DeleteFunc(inner, func(o store.Object) bool { return !seen[o[list.id].(int)] })
			}
		}
	}
	return nil
}

// seenRoles tells which of these roles are on no place, or on one that the caller may see.
func seenRoles(c *call, ids []int) (map[int]bool, error) {
	roles, err := store.ByIDs[store.ServiceRole](c.ctx(), c.api.store, ids)
	if err != nil {
		return nil, err
	}
	sites, projects := []int{}, []int{}
	for _, r := range roles {
		if r.SiteID != nil {
			sites = append(sites, *r.SiteID)
		}
		if r.ProjectID != nil {
			projects = append(projects, *r.ProjectID)
		}
	}
	mySites, err := visibleIDs[store.Site](c, sites)
	if err != nil {
		return nil, err
	}
	myProjects, err := visibleIDs[store.Project](c, projects)
	seen := map[int]bool{}
	for id, r := range roles {
		seen[id] = (r.SiteID == nil || mySites[*r.SiteID]) && (r.ProjectID == nil || myProjects[*r.ProjectID])
	}
	return seen, err
}
