package rest

import "github.com/gotera/gotera/core/store"

// userTestTypesProjects: which test types of a site are offered in which of its projects. A test type brings its service
// along.
var userTestTypesProjects = association[store.TestTypeProject]{
	model: "test_type_project", doc: "test types and projects", rightFirst: true, also: []param{withSitesOfProjects},
	left: end{
		entity: testTypeEntity, list: "testtypes", with: "with_tests_types", whole: true,
		owns: testTypeEntity.visible, joins: testTypeEntity.visible,
	},
	right: end{
		entity: projectEntity, list: "projects", with: "with_projects",
		owns: projectEntity.administered, joins: projectEntity.administered,
	},
	sites:   siteLinksOf(func(l *store.TestTypeSite) int { return l.TestTypeID }),
	outside: map[string]string{"t_tests_types_sites": "At least one test type is not in the site of its project"},
	inUse:   map[string]string{"t_tests": "Can't remove the test type from the project: there are tests of it."},
}
