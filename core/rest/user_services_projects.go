package rest

import "github.com/gotera/gotera/core/store"

// userServicesProjects: which services of a site are offered in which of its projects. Taking one off takes its session
// types and test types off the project.
var userServicesProjects = association[store.ServiceProject]{
	model: "service_project", doc: "services and projects", rightFirst: true, also: []param{withRoles, withSitesOfProjects},
	left: end{
		entity: serviceEntity, list: "services", with: "with_services",
		offers: serviceEntity.existing, owns: superAdminsOnly(serviceEntity), joins: serviceEntity.visible,
	},
	right: end{
		entity: projectEntity, list: "projects", with: "with_projects", refusal: "Access denied",
		owns: projectsOfAdministeredSites, joins: projectsOfAdministeredSites,
	},
	sites:   siteLinksOf(func(l *store.ServiceSite) int { return l.ServiceID }),
	outside: map[string]string{"t_services_sites": "At least one service is not in the site of its project"},
	inUse: map[string]string{
		"t_sessions": "Can't remove the service from the project: there are sessions of its session types.",
		"t_assets":   "Can't remove the service from the project: there are assets of it.",
		"t_tests":    "Can't remove the service from the project: there are tests of it.",
	},
	finish: addServiceRoles,
}

var withRoles = param{name: "with_roles", kind: boolean, help: "Adds the roles of each service"}

// addServiceRoles adds service_roles, with with_roles.
func addServiceRoles(c *call, objects []store.Object) error {
	if !c.args.bool("with_roles") {
		return nil
	}
	rows, err := store.Rows[store.ServiceRole](c.ctx(), c.api.store, store.Everything(), store.Columns{"id_service": column(objects, "id_service")})
	if err != nil {
		return err
	}
	rendered, err := store.JSON(c.ctx(), c.api.store, store.Full, rows...)
	roles := map[int][]store.Object{}
	for i, r := range rows {
		delete(rendered[i], "id_service")
		roles[r.ServiceID] = append(roles[r.ServiceID], rendered[i])
	}
	for _, o := range objects {
		id, _ := o["id_service"].(int)
		o["service_roles"] = append([]store.Object{}, roles[id]...)
	}
	if err != nil {
		return err
	}
	return c.hideOtherTenants(objects)
}
