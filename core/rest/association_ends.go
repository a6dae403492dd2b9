package rest

import (
	"strings"

	"github.com/gotera/gotera/core/store"
)

// rule says which of these rows a caller may see, or change, or has to do with otherwise; for nil, which of all.
type rule func(c *call, db store.Conn, ids []int) ([]int, error)

// entity is what an association knows of the table at one of its ends.
type entity struct {
	model, key                      string // "device", "id_device"
	existing, visible, administered rule
	describe                        func(c *call, ids []int) (map[int]store.Object, error) // what a listing shows of each
	none                            store.Object                                           // the same where there is none
	byUUID                          func(c *call, tx *store.Tx, uuid string) (int, error)  // for bodies that may give device_uuid for id_device
}

func (e entity) what() string { return strings.ReplaceAll(e.model, "_", " ") }

// ruleOf follows the store's access to T.
func ruleOf[T any](access func(*call) store.Access) rule {
	return func(c *call, db store.Conn, ids []int) ([]int, error) {
		return store.Visible[T](c.ctx(), db, access(c), ids)
	}
}

func entityOf[T any](model string, id func(*T) int, show func(*T) store.Object) entity {
	return entity{
		model: model, key: "id_" + model,
		existing:     ruleOf[T](func(*call) store.Access { return store.Everything() }),
		visible:      ruleOf[T]((*call).access),
		administered: ruleOf[T](func(c *call) store.Access { return c.access().Admin() }),
		describe: func(c *call, ids []int) (map[int]store.Object, error) {
			rows, err := store.ByIDs[T](c.ctx(), c.api.store, ids)
			shown := make(map[int]store.Object, len(rows))
			for _, r := range rows {
				shown[id(r)] = show(r)
			}
			return shown, err
		},
		none: store.Object{model + "_name": nil},
	}
}

var (
	siteEntity = entityOf("site", func(s *store.Site) int { return s.ID },
		func(s *store.Site) store.Object { return store.Object{"site_name": s.Name} })
	participantEntity = entityOf("participant", func(p *store.Participant) int { return p.ID },
		func(p *store.Participant) store.Object { return store.Object{"participant_name": p.Name} })
	sessionTypeEntity = entityOf("session_type", func(t *store.SessionType) int { return t.ID },
		func(t *store.SessionType) store.Object { return store.Object{"session_type_name": t.Name} })
	testTypeEntity = entityOf("test_type", func(t *store.TestType) int { return t.ID },
		func(t *store.TestType) store.Object { return store.Object{"test_type_name": t.Name} })
	projectEntity = newProjectEntity()
	deviceEntity  = newDeviceEntity()
	serviceEntity = newServiceEntity()
)

// newProjectEntity shows the site too, with with_sites.
func newProjectEntity() entity {
	e := entityOf("project", func(p *store.Project) int { return p.ID },
		func(p *store.Project) store.Object { return store.Object{"project_name": p.Name, "id_site": p.SiteID} })
	names := e.describe
	e.describe = func(c *call, ids []int) (map[int]store.Object, error) {
		shown, err := names(c, ids)
		if err != nil {
			return nil, err
		}
		sites := map[int]*store.Site{}
		if c.args.bool("with_sites") {
			used := []int{}
			for _, o := range shown {
				used = append(used, o["id_site"].(int))
			}
			if sites, err = store.ByIDs[store.Site](c.ctx(), c.api.store, used); err != nil {
				return nil, err
			}
		}
		for _, o := range shown {
			if site := sites[o["id_site"].(int)]; site != nil {
				o["site_name"] = site.Name
			} else {
				delete(o, "id_site")
			}
		}
		return shown, nil
	}
	return e
}

// newDeviceEntity shows whether a device is free: lent to no participant whom the caller may see.
func newDeviceEntity() entity {
	e := entityOf("device", func(d *store.Device) int { return d.ID },
		func(d *store.Device) store.Object {
			return store.Object{"device_name": d.Name, "device_available": true}
		})
	e.none = store.Object{"device_name": nil, "device_available": false}
	names := e.describe
	e.describe = func(c *call, ids []int) (map[int]store.Object, error) {
		shown, err := names(c, ids)
		if err != nil {
			return nil, err
		}
		lent, err := store.Rows[store.DeviceParticipant](c.ctx(), c.api.store, c.access(), store.Columns{"id_device": ids})
		for _, l := range lent {
			shown[l.DeviceID]["device_available"] = false
		}
		return shown, err
	}
	e.byUUID = func(c *call, tx *store.Tx, uuid string) (int, error) {
		d, err := tx.DeviceByUUID(c.ctx(), uuid)
		if err != nil {
			return 0, err
		}
		return d.ID, nil
	}
	return e
}

func newServiceEntity() entity {
	e := entityOf("service", func(s *store.Service) int { return s.ID }, func(s *store.Service) store.Object {
		return store.Object{"service_name": s.Name, "service_key": s.Key, "service_system": s.System}
	})
	e.none = store.Object{"service_name": nil, "service_key": nil, "service_system": nil}
	e.byUUID = func(c *call, tx *store.Tx, uuid string) (int, error) {
		s, err := tx.ServiceByUUID(c.ctx(), uuid)
		if err != nil {
			return 0, err
		}
		return s.ID, nil
	}
	return e
}

// superAdminsOnly is a rule that leaves everything to super-administrators and nothing to others.
func superAdminsOnly(e entity) rule {
	return func(c *call, db store.Conn, ids []int) ([]int, error) {
		if c.superAdmin() != nil {
			return nil, nil
		}
		return e.existing(c, db, ids)
	}
}

// projectsOfAdministeredSites is a rule for projects: the caller administers their site.
func projectsOfAdministeredSites(c *call, db store.Conn, ids []int) ([]int, error) {
	projects, err := store.ByIDs[store.Project](c.ctx(), db, ids)
	if err != nil {
		return nil, err
	}
	sites := []int{}
	for _, p := range projects {
		sites = append(sites, p.SiteID)
	}
	administered, err := siteEntity.administered(c, db, sites)
	set, allowed := setOf(administered), []int{}
	for _, p := range projects {
		if set[p.SiteID] {
			allowed = append(allowed, p.ID)
		}
	}
	return allowed, err
}

// siteLinks is the association of the left ends of another one with sites.
type siteLinks struct {
	in func(c *call, site int) ([]int, error) // left ends of a site
	// add puts one into the site of a project; nil where that is refused: then the store does it.
	add func(c *call, tx *store.Tx, id, project int) error
}

func siteLinksOf[T any](id func(*T) int) *siteLinks {
	return &siteLinks{in: func(c *call, site int) ([]int, error) {
		rows, err := store.Rows[T](c.ctx(), c.api.store, store.Everything(), store.Columns{"id_site": site})
		return idsOf(rows, id), err
	}}
}
