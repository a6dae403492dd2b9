package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

var userSessionTypesPostIn = params{body: "session_type", doc: "Creates a session type (id 0) or changes one, with its sites, projects and further services."}

// postUserSessionTypes needs the role admin on a site of the type, and on everything that it is linked to.
func (a *API) postUserSessionTypes(c *call) (any, error) {
	o, err := c.wrapped("session_type", "Missing session_type")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_session_type")
	if err != nil {
		return nil, err
	}
	var old *store.SessionType // nil for a new one
	if id > 0 {
		if err := mustAdmin[store.SessionType](c, errForbidden, id); err != nil {
			return nil, err
		}
		if old, err = find[store.SessionType](c, id, errForbidden); err != nil {
			return nil, err
		}
	} else if !o.has("session_type_sites") && !c.id.User.SuperAdmin {
		return nil, fail(http.StatusBadRequest, "Missing site(s) to associate that session type to")
	}
	service, err := c.sessionTypeService(o, old)
	if err != nil {
		return nil, err
	}
	links, err := c.takeSessionTypeLinks(o, service)
	if err != nil {
		return nil, err
	}
	var t *store.SessionType
	err = c.write(func(tx *store.Tx) error {
		if t, err = save[store.SessionType](c, tx, id, o); err != nil {
			return err
		}
		return links.save(c, tx, t.ID)
	})
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, store.Full, t)
}

// sessionTypeService checks the service of a posted session type: one of category SERVICE needs one, and the caller must
// see it. It returns the service that will run the sessions, 0 for none.
func (c *call) sessionTypeService(o object, old *store.SessionType) (int, error) {
	category := core.SessionCategory(0)
	service := 0
	if old != nil {
		category = old.Category
		if old.ServiceID != nil {
			service = *old.ServiceID
		}
	}
	if o["session_type_category"] != nil {
		n, err := o.id("session_type_category")
		if err != nil {
			return 0, err
		}
		if category = core.SessionCategory(n); category < core.CategoryService || category > core.CategoryProtocol {
			return 0, failArgument("session_type_category", "must be 1, 2, 3 or 4")
		}
	}
	id, given, err := o.optionalID("id_service")
	if err != nil {
		return 0, err
	}
	switch {
	case o.has("id_service") && id == 0 && o["session_type_category"] != nil && category == core.CategoryService:
		service = 0 // said to be none
	case given && id != 0:
		service = id
	}
	if category == core.CategoryService && service == 0 {
		return 0, fail(http.StatusBadRequest, "Missing id_service for session type of type service")
	}
	if service != 0 && (id != 0 || o["session_type_category"] != nil && category == core.CategoryService) {
		if err := must[store.Service](c, errForbidden, service); err != nil {
			return 0, err
		}
	}
	if category != core.CategoryService {
		service = 0
	}
	return service, nil
}

// sessionTypeLinks are the ids that were posted with a session type; nil lists stay as they are.
type sessionTypeLinks struct{ sites, projects, services []int }

// takeSessionTypeLinks takes the links out of a posted session type. The caller must administer what is linked. service is
// the one that runs the sessions: only super-administrators bring it to a site.
func (c *call) takeSessionTypeLinks(o object, service int) (l sessionTypeLinks, err error) {
	if l.sites, err = o.takeLinks("session_type_sites", "id_site"); err != nil {
		return l, err
	}
	if l.projects, err = o.takeLinks("session_type_projects", "id_project"); err != nil {
		return l, err
	}
	if l.services, err = o.takeLinks("session_type_services", "id_service"); err != nil {
		return l, err
	}
	if err := mustAdmin[store.Site](c, fail(http.StatusForbidden, "No site admin access for at least one site in the list"), l.sites...); err != nil {
		return l, err
	}
	if service != 0 && len(l.sites) > 0 && !c.id.User.SuperAdmin {
		rows, err := store.Rows[store.ServiceSite](c.ctx(), c.api.store, store.Everything(), store.Columns{"id_service": service, "id_site": l.sites})
		if err != nil {
			return l, err
		}
		if len(rows) < len(l.sites) {
			return l, fail(http.StatusForbidden, "At least one site isn't associated with the service of that session type")
		}
	}
	if err := mustAdmin[store.Project](c, fail(http.StatusForbidden, "No project admin access for at a least one project in the list"), l.projects...); err != nil {
		return l, err
	}
	return l, mustAdmin[store.Service](c, fail(http.StatusForbidden, "No service admin access for at a least one service in the list"), l.services...)
}

// save makes the links of a session type those of l. Links to what the caller does not administer stay. A further service
// is not brought to the type's sites by this, as it is by /api/user/sessiontypes/services.
func (l sessionTypeLinks) save(c *call, tx *store.Tx, id int) error {
	of := store.Columns{"id_session_type": id}
	err := replaceLinks(c, tx, c.access().Admin(), of, l.sites, tx.Insert,
		func(row *store.SessionTypeSite) int { return row.SiteID },
		func(site int) *store.SessionTypeSite { return &store.SessionTypeSite{SessionTypeID: id, SiteID: site} })
	if err == nil {
		err = replaceLinks(c, tx, c.access().Admin(), of, l.projects, tx.Insert,
			func(row *store.SessionTypeProject) int { return row.ProjectID },
			func(project int) *store.SessionTypeProject {
				return &store.SessionTypeProject{SessionTypeID: id, ProjectID: project}
			})
	}
	if err == nil {
		err = replaceLinks(c, tx, c.access().Admin(), of, l.services, tx.Link,
			func(row *store.SessionTypeService) int { return row.ServiceID },
			func(service int) *store.SessionTypeService {
				return &store.SessionTypeService{SessionTypeID: id, ServiceID: service}
			})
	}
	if integrity, ok := errors.AsType[*store.IntegrityError](err); ok {
		switch integrity.Table {
		case "t_sessions_types_sites":
			return fail(http.StatusBadRequest, "Session type not associated to project site")
		case "t_services_sites":
			return fail(http.StatusBadRequest, "Session type has a service not associated to its site")
		case "t_sessions":
			return fail(http.StatusInternalServerError, "Can't remove a link of the session type: please delete all sessions with that type before.")
		}
	}
	return err
}
