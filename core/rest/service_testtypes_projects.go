package rest

import "github.com/gotera/gotera/core/store"

// serviceTestTypesProjects: in which of its projects a service offers its test types. One that is not in the project's
// site yet gets there first. Those of other services are shown, but not the service's to add or take off.
var serviceTestTypesProjects = association[store.TestTypeProject]{
	model: "test_type_project", doc: "test types and projects", rightFirst: true, also: []param{withSitesOfProjects},
	left: end{
		entity: testTypeEntity, list: "testtypes", whole: true, sees: testTypeEntity.existing,
		owns:   testTypeEntity.visible,
		joins:  ownOrInSites(testTypeEntity, func(l *store.TestTypeSite) int { return l.TestTypeID }),
		leaves: testTypeEntity.visible,
	},
	right: end{
		entity: projectEntity, list: "projects",
		owns: projectEntity.visible, joins: projectEntity.visible,
	},
	sites: &siteLinks{add: func(c *call, tx *store.Tx, id, project int) error {
		return addToSiteOf(c, tx, project, func(site int) store.Row { return &store.TestTypeSite{TestTypeID: id, SiteID: site} })
	}},
	inUse: map[string]string{"t_tests": "Can't remove the test type from the project: there are tests of it."},
}
