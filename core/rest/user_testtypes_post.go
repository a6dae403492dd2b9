package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userTestTypesPostIn = params{body: "test_type", doc: "Creates a test type (id 0) or changes one, with its sites and projects."}

// postUserTestTypes needs the role admin for the service, for the type as it is, and for everything that it is linked to.
func (a *API) postUserTestTypes(c *call) (any, error) {
	o, err := c.wrapped("test_type", "Missing test_type")
	if err != nil {
		return nil, err
	}
	if !o.has("id_test_type") {
		return nil, fail(http.StatusBadRequest, "Missing id_test_type")
	}
	id, err := o.id("id_test_type")
	if err != nil {
		return nil, err
	}
	var old store.TestType // as it is; empty for a new one
	if id > 0 {
		if err := a.mustEditTestType(c, id, errForbidden); err != nil {
			return nil, err
		}
		row, err := find[store.TestType](c, id, errForbidden)
		if err != nil {
			return nil, err
		}
		old = *row
	} else if !o.has("test_type_projects") && !c.id.User.SuperAdmin {
		return nil, fail(http.StatusBadRequest, "Missing project(s) to associate that test type to")
	}
	service := old.ServiceID
	if n, given, err := o.optionalID("id_service"); err != nil {
		return nil, err
	} else if given {
		service = n
	} else {
		delete(o, "id_service")
	}
	if err := mustAdmin[store.Service](c, errForbidden, service); err != nil {
		return nil, err
	}
	sites, projects, err := c.takeTestTypeLinks(o, service)
	if err != nil {
		return nil, err
	}
	delete(o, "test_type_uuid") // made by the server, and never another
	var t *store.TestType
	err = c.write(func(tx *store.Tx) (err error) {
		if t, err = save[store.TestType](c, tx, id, o); err != nil {
			return err
		}
		return saveTestTypeLinks(c, tx, t.ID, sites, projects)
	})
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, store.Full, t)
}

// mustEditTestType: the caller administers the service and a site or a project that has the type; a type that is nowhere
// yet needs the service alone. Upstream asks only for the service that the body names (core.md 13.2, 28).
func (a *API) mustEditTestType(c *call, id int, refusal error) error {
	t, err := find[store.TestType](c, id, refusal)
	if err != nil {
		return err
	}
	if err := mustAdmin[store.Service](c, refusal, t.ServiceID); err != nil {
		return err
	}
	if ok, err := mayAdmin[store.TestType](c, id); err != nil || ok {
		return err
	}
	administered, err := a.store.AdministeredTestTypes(c.ctx(), c.access(), []int{id})
	if err != nil || administered[id] {
		return err
	}
	sites, err := store.Rows[store.TestTypeSite](c.ctx(), a.store, store.Everything(), store.Columns{"id_test_type": id})
	if err != nil {
		return err
	}
	projects, err := store.Rows[store.TestTypeProject](c.ctx(), a.store, store.Everything(), store.Columns{"id_test_type": id})
	if err == nil && len(sites)+len(projects) > 0 {
		return refusal
	}
	return err
}

// takeTestTypeLinks takes the ids of sites and projects out of a posted test type; nil for a list that is not there. The
// caller must administer them, and only super-administrators bring the service to a site.
func (c *call) takeTestTypeLinks(o object, service int) (sites, projects []int, err error) {
	if sites, err = o.takeLinks("test_type_sites", "id_site"); err != nil {
		return nil, nil, err
	}
	if projects, err = o.takeLinks("test_type_projects", "id_project"); err != nil {
		return nil, nil, err
	}
	if err := mustAdmin[store.Site](c, fail(http.StatusForbidden, "No site admin access for at least one site in the list"), sites...); err != nil {
		return nil, nil, err
	}
	if len(sites) > 0 && !c.id.User.SuperAdmin {
		rows, err := store.Rows[store.ServiceSite](c.ctx(), c.api.store, store.Everything(), store.Columns{"id_service": service, "id_site": sites})
		if err != nil {
			return nil, nil, err
		}
		if len(rows) < len(sites) {
			return nil, nil, fail(http.StatusForbidden, "At least one site isn't associated with the service of that test type")
		}
	}
	err = mustAdmin[store.Project](c, fail(http.StatusForbidden, "No project admin access for at a least one project in the list"), projects...)
	return sites, projects, err
}

// saveTestTypeLinks makes the links of a test type those that were posted. Links to what the caller does not administer stay.
func saveTestTypeLinks(c *call, tx *store.Tx, id int, sites, projects []int) error {
	of := store.Columns{"id_test_type": id}
	err := replaceLinks(c, tx, c.access().Admin(), of, sites, tx.Insert,
		func(row *store.TestTypeSite) int { return row.SiteID },
		func(site int) *store.TestTypeSite { return &store.TestTypeSite{TestTypeID: id, SiteID: site} })
	if err == nil {
		err = replaceLinks(c, tx, c.access().Admin(), of, projects, tx.Insert,
			func(row *store.TestTypeProject) int { return row.ProjectID },
			func(project int) *store.TestTypeProject {
				return &store.TestTypeProject{TestTypeID: id, ProjectID: project}
			})
	}
	if integrity, ok := errors.AsType[*store.IntegrityError](err); ok {
		switch integrity.Table {
		case "t_tests_types_sites":
			return fail(http.StatusBadRequest, "Test type not associated to project site")
		case "t_services_sites":
			return fail(http.StatusBadRequest, "Test type has a a service not associated to its site")
		case "t_tests":
			return fail(http.StatusInternalServerError, "Can't remove a link of the test type: please delete all tests of that type before.")
		}
	}
	return err
}

var userTestTypesDeleteIn = params{doc: "Deletes a test type that has no tests.", list: []param{
	{name: "id", kind: integer, help: "Test type ID to delete", required: true},
}}

var errNoTestTypeAdmin = fail(http.StatusForbidden, "Unable to delete - not admin in the related test type service")

// deleteUserTestTypes also needs every project that offers the type, as others would lose it with the caller.
func (a *API) deleteUserTestTypes(c *call) (any, error) {
	id := c.args.int("id")
	if err := a.mustEditTestType(c, id, errNoTestTypeAdmin); err != nil {
		return nil, err
	}
	links, err := store.Rows[store.TestTypeProject](c.ctx(), a.store, store.Everything(), store.Columns{"id_test_type": id})
	if err != nil {
		return nil, err
	}
	if err := mustAdmin[store.Project](c, errNoTestTypeAdmin, idsOf(links, func(l *store.TestTypeProject) int { return l.ProjectID })...); err != nil {
		return nil, err
	}
	return "", deleteRow[store.TestType](c, id, map[string]string{
		"t_tests": "Can't delete test type: please delete all tests of that type before deleting.",
	})
}
