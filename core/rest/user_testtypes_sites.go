package rest

import "github.com/gotera/gotera/core/store"

// userTestTypesSites: which test types are offered in which sites. Taking one off takes it off the site's projects.
var userTestTypesSites = association[store.TestTypeSite]{
	model: "test_type_site", doc: "test types and sites",
	left: end{
		entity: testTypeEntity, list: "testtypes", with: "with_tests_types",
		owns: testTypeEntity.administered, joins: testTypeEntity.visible,
	},
	right: end{
		entity: siteEntity, list: "sites", with: "with_sites",
		owns: siteEntity.administered, joins: siteEntity.administered,
	},
	inUse: map[string]string{"t_tests": "Can't remove the test type from the site: there are tests of it."},
}
