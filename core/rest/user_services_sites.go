package rest

import (
	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

// userServicesSites: which services are offered in which sites. Taking one off takes it, and its session types, off the
// site's projects too.
var userServicesSites = association[store.ServiceSite]{
	model: "service_site", doc: "services and sites", rightFirst: true, also: []param{withRoles},
	left: end{
		entity: otherServices(), list: "services", with: "with_services",
		offers: servicesOfSites, owns: superAdminsOnly(serviceEntity), joins: superAdminsOnly(serviceEntity),
	},
	right: end{
		entity: siteEntity, list: "sites", with: "with_sites",
		owns: superAdminsOnly(siteEntity), joins: superAdminsOnly(siteEntity),
	},
	inUse:  map[string]string{"t_sessions": "Can't remove the service from the site: there are sessions, assets or tests of it."},
	finish: addServiceRoles,
}

// otherServices are the services without the OpenTera server itself, which is everywhere.
func otherServices() entity {
	e := serviceEntity
	e.visible = func(c *call, db store.Conn, ids []int) ([]int, error) {
		services, err := c.api.store.Services(c.ctx(), c.access(), store.ServiceQuery{IDs: ids, NotKey: core.ServiceOpenTera})
		return idsOf(services, func(s *store.Service) int { return s.ID }), err
	}
	return e
}

// servicesOfSites are those in the sites that the caller may see, whether they may see the service or not.
func servicesOfSites(c *call, db store.Conn, ids []int) ([]int, error) {
	if c.superAdmin() == nil {
		return otherServices().visible(c, db, ids)
	}
	sites, err := siteEntity.visible(c, db, nil)
	if err != nil {
		return nil, err
	}
	links, err := store.Rows[store.ServiceSite](c.ctx(), db, store.Everything(), store.Columns{"id_site": sites})
	services, known := []int{}, map[int]bool{}
	for _, l := range links {
		if !known[l.ServiceID] {
			services = append(services, l.ServiceID)
		}
		known[l.ServiceID] = true
	}
	return services, err
}
