package rest

import (
	"errors"
	"net/http"
	"slices"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

var serviceSessionTypesPostIn = params{body: "service_session_type", doc: "Creates a session type of the service (id 0), or offers one in sites, projects, or the projects of participants."}

// postServiceSessionTypes changes nothing of a session type that is there, but where it is offered (core.md 4.5).
func (a *API) postServiceSessionTypes(c *call) (any, error) {
	p, err := c.newSessionTypePost()
	if err != nil {
		return nil, err
	}
	if err := p.check(c); err != nil {
		return nil, err
	}
	var t *store.SessionType
	err = c.write(func(tx *store.Tx) (err error) {
		if p.id == 0 {
			t, err = store.InsertJSON[store.SessionType](c.ctx(), tx, store.Object(p.o))
		} else {
			t, err = store.Get[store.SessionType](c.ctx(), tx, p.id)
		}
		if err != nil {
			return err
		}
		return p.offer(c, tx, t)
	})
	if err != nil {
		return nil, err
	}
	return store.JSONOf(c.ctx(), a.store, store.Full, t)
}

// sessionTypePost is the body of a POST by a service.
type sessionTypePost struct {
	id                            int
	o                             object // of a new type
	sites, projects, participants []int
}

func (c *call) newSessionTypePost() (p sessionTypePost, err error) {
	body, err := c.json()
	if err != nil {
		return p, err
	}
	outer, _ := body["service_session_type"].(map[string]any)
	p.o, _ = outer["session_type"].(map[string]any)
	if p.o == nil || !body.only("service_session_type") || !object(outer).only("session_type", "id_sites", "id_projects", "id_participants") ||
		!p.o.only("id_session_type", "id_service", "session_type_name", "session_type_online", "session_type_config", "session_type_color", "session_type_category") {
		return p, fail(http.StatusBadRequest, "Invalid arguments")
	}
	if p.id, err = p.o.id("id_session_type"); err != nil {
		return p, err
	}
	for _, l := range []struct {
		key  string
		into *[]int
	}{{"id_sites", &p.sites}, {"id_projects", &p.projects}, {"id_participants", &p.participants}} {
		if *l.into, _, err = object(outer).ids(l.key); err != nil {
			return p, err
		}
	}
	if p.id > 0 {
		return p, nil
	}
	p.o["id_service"] = c.id.Service.ID
	category, given, err := p.o.optionalID("session_type_category")
	if err == nil && given && (category < int(core.CategoryService) || category > int(core.CategoryProtocol)) {
		err = failArgument("session_type_category", "must be 1, 2, 3 or 4")
	}
	return p, err
}

// only reports whether o has no other keys.
func (o object) only(keys ...string) bool {
	n := 0
	for _, key := range keys {
		if o.has(key) {
			n++
		}
	}
	return n == len(o)
}

func (p sessionTypePost) check(c *call) error {
	refusal := func(what string) error {
		return fail(http.StatusForbidden, "Service doesn't have access to "+what)
	}
	if err := must[store.Site](c, refusal("all listed sites"), p.sites...); err != nil {
		return err
	}
	if err := must[store.Project](c, refusal("all listed projects"), p.projects...); err != nil {
		return err
	}
	if err := must[store.Participant](c, refusal("all listed participants"), p.participants...); err != nil {
		return err
	}
	if p.id == 0 {
		return nil
	}
	return must[store.SessionType](c, refusal("this session type"), p.id)
}

// offer links the session type; a project, or a participant's, brings its site.
func (p sessionTypePost) offer(c *call, tx *store.Tx, t *store.SessionType) error {
	participants, err := store.ByIDs[store.Participant](c.ctx(), tx, p.participants)
	if err != nil {
		return err
	}
	for _, participant := range participants {
		p.projects = append(p.projects, participant.ProjectID)
	}
	projects, err := store.ByIDs[store.Project](c.ctx(), tx, p.projects)
	if err != nil {
		return err
	}
	for _, project := range projects {
		p.sites = append(p.sites, project.SiteID)
	}
	p.sites, p.projects = distinct(p.sites), distinct(p.projects)
	if err := p.checkOwner(c, tx, t); err != nil {
		return err
	}
	for _, site := range p.sites {
		if err := tx.Insert(c.ctx(), &store.SessionTypeSite{SessionTypeID: t.ID, SiteID: site}); err != nil {
			return offered(err)
		}
	}
	for _, project := range p.projects {
		if err := tx.Insert(c.ctx(), &store.SessionTypeProject{SessionTypeID: t.ID, ProjectID: project}); err != nil {
			return offered(err)
		}
	}
	return nil
}

// checkOwner: a session type brings the service that runs it along. A further service of the type offers it only where
// that one is already.
func (p sessionTypePost) checkOwner(c *call, tx *store.Tx, t *store.SessionType) error {
	if t.Category != core.CategoryService || t.ServiceID == nil || *t.ServiceID == c.id.Service.ID {
		return nil
	}
	sites, err := store.Rows[store.ServiceSite](c.ctx(), tx, store.Everything(), store.Columns{"id_service": *t.ServiceID, "id_site": p.sites})
	if err != nil {
		return err
	}
	projects, err := store.Rows[store.ServiceProject](c.ctx(), tx, store.Everything(), store.Columns{"id_service": *t.ServiceID, "id_project": p.projects})
	if err != nil {
		return err
	}
	if len(sites) < len(p.sites) || len(projects) < len(p.projects) {
		return fail(http.StatusForbidden, "The service of this session type is not there")
	}
	return nil
}

func distinct(ids []int) []int {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func offered(err error) error {
	if _, ok := errors.AsType[*store.IntegrityError](err); ok {
		return fail(http.StatusBadRequest, "Integrity error")
	}
	return err
}
