package rest

import (
	"github.com/gotera/gotera/core/rest/forms"
	"github.com/gotera/gotera/core/store"
)

// lists are the choices of a form by their name there.
type lists = map[string][]forms.Value

// formLists gives the forms that have choices from the database.
var formLists = map[string]func(*API, *call) (lists, error){
	"project":        siteList,
	"group":          projectList,
	"participant":    groupList,
	"device":         deviceTypeList,
	"device_subtype": deviceTypeList,
	"session":        (*API).sessionFormLists,
	"session_type":   serviceList,
	"test_type":      serviceList,
}

// valuesOf makes choices of rows.
func valuesOf[T any](rows []*T, value func(*T) (id int, text string)) []forms.Value {
	values := make([]forms.Value, len(rows))
	for i, row := range rows {
		id, text := value(row)
		values[i] = forms.Value{ID: id, Text: text}
	}
	return values
}

func siteList(a *API, c *call) (lists, error) {
	sites, err := a.store.Sites(c.ctx(), c.access(), store.SiteQuery{})
	return lists{"sites": valuesOf(sites, func(s *store.Site) (int, string) { return s.ID, s.Name })}, err
}

// projectList has the projects of a site, or of the site of the group that is edited, or all.
func projectList(a *API, c *call) (lists, error) {
	q := store.ProjectQuery{Site: c.args.int("id_site")}
	if id := c.args.int("id"); q.Site == 0 && id != 0 {
		group, err := visible[store.ParticipantGroup](c, id)
		if err != nil {
			return nil, err
		}
		if group != nil {
			project, err := store.Get[store.Project](c.ctx(), a.store, group.ProjectID)
			if err != nil {
				return nil, err
			}
			q.Site = project.SiteID
		}
	}
	projects, err := a.store.Projects(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	sites, err := store.ByIDs[store.Site](c.ctx(), a.store, idsOf(projects, func(p *store.Project) int { return p.SiteID }))
	return lists{"projects": valuesOf(projects, func(p *store.Project) (int, string) {
		if s := sites[p.SiteID]; s != nil {
			return p.ID, p.Name + " [" + s.Name + "]"
		}
		return p.ID, p.Name
	})}, err
}

// groupList has the groups of a project, or of the project of the participant who is edited, or all.
func groupList(a *API, c *call) (lists, error) {
	project := c.args.int("id_project")
	if ok, err := may[store.Project](c, project); err != nil {
		return nil, err
	} else if !ok {
		project = 0
	}
	if id := c.args.int("id"); project == 0 && id != 0 {
		participant, err := visible[store.Participant](c, id)
		if err != nil {
			return nil, err
		}
		if participant != nil {
			project = participant.ProjectID
		}
	}
	groups, err := a.store.ParticipantGroups(c.ctx(), c.access(), project)
	return lists{"groups": valuesOf(groups, func(g *store.ParticipantGroup) (int, string) { return g.ID, g.Name })}, err
}

func deviceTypeList(a *API, c *call) (lists, error) {
	types, err := store.Accessible[store.DeviceType](c.ctx(), a.store, c.access())
	return lists{"device_types": valuesOf(types, func(t *store.DeviceType) (int, string) { return t.ID, t.Name })}, err
}

func serviceList(a *API, c *call) (lists, error) {
	services, err := a.store.Services(c.ctx(), c.access(), store.ServiceQuery{})
	return lists{"services": valuesOf(services, serviceValue)}, err
}

func serviceValue(s *store.Service) (int, string) { return s.ID, s.Name }

// visible is the row with that id if the caller may see it, else nil.
func visible[T any](c *call, id int) (*T, error) {
	if ok, err := may[T](c, id); err != nil || !ok {
		return nil, err
	}
	return find[T](c, id, nil)
}
