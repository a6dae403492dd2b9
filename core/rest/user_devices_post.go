package rest

import (
	"net/http"
	"slices"

	"github.com/gotera/gotera/core/store"
)

var userDevicesPostIn = params{body: "device", doc: "Creates a device (id 0) or changes one. The lists device_sites and device_projects replace " +
	"its sites and projects, as far as the caller administers them; the site of a listed project counts as listed."}

// deviceWrite is what a POST asks for.
type deviceWrite struct {
	*call
	id              int
	o               object
	sites, projects []int // nil: stay as they are
	more            []int // sites of projects
}

func (a *API) postUserDevices(c *call) (any, error) {
	o, err := c.wrapped("device", "Missing device")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_device")
	if err != nil {
		return nil, err
	}
	w := deviceWrite{call: c, id: id, o: o}
	if err := w.readLists(); err != nil {
		return nil, err
	}
	if err := w.check(); err != nil {
		return nil, err
	}
	var d *store.Device
	err = c.write(func(tx *store.Tx) error {
		if d, err = save[store.Device](c, tx, id, w.o); err != nil {
			return err
		}
		return refused(w.link(tx, d.ID), deviceLinkRefusals)
	})
	return c.saved(d, err)
}

// readLists takes device_sites and device_projects, all of whose sites the caller must administer.
func (w *deviceWrite) readLists() (err error) {
	if w.projects, err = w.o.takeLinks("device_projects", "id_project"); err != nil {
		return err
	}
	if w.sites, err = w.o.takeLinks("device_sites", "id_site"); err != nil {
		return err
	}
	refusal := fail(http.StatusForbidden, "No site admin access for at a least one project in the list")
	if w.more, err = w.sitesOf(w.projects); err != nil {
		return err
	}
	if slices.Contains(w.more, 0) {
		return refusal
	}
	if err := mustAdmin[store.Site](w.call, refusal, w.more...); err != nil {
		return err
	}
	return mustAdmin[store.Site](w.call, fail(http.StatusForbidden, "No site admin access for at a least one site in the list"), w.sites...)
}

// sitesOf lists the sites of projects, 0 for those that do not exist.
func (c *call) sitesOf(projects []int) ([]int, error) {
	rows, err := store.ByIDs[store.Project](c.ctx(), c.api.store, projects)
	sites := make([]int, len(projects))
	for i, id := range projects {
		if p := rows[id]; p != nil {
			sites[i] = p.SiteID
		}
	}
	return sites, err
}

// check tells whether the caller may create or change the device, and leaves of its fields what the caller may write.
func (w *deviceWrite) check() error {
	delete(w.o, "device_token") // made by the server, never given
	delete(w.o, "device_uuid")  // nor this: the bus's topics and a certificate name it
	if w.id == 0 {
		// Others than super-administrators must place a new device where they administer; upstream takes an empty list
		// for a place.
		if w.superAdmin() != nil && len(w.sites)+len(w.more) == 0 {
			return errForbidden
		}
		if len(store.MissingFields[store.Device](store.Object(w.o), "id_device")) > 0 {
			return errDatabase
		}
		return nil
	}
	if err := mustAdmin[store.Device](w.call, errForbidden, w.id); err != nil {
		return err
	}
	all, err := w.mayWriteAll()
	if err != nil || all {
		return err
	}
	for key := range w.o {
		if key != "id_device" && key != "device_config" && key != "device_notes" {
			delete(w.o, key)
		}
	}
	return nil
}

// mayWriteAll reports whether the caller administers the site of one of the device's projects.
func (w *deviceWrite) mayWriteAll() (bool, error) {
	if w.superAdmin() == nil {
		return true, nil
	}
	links, err := store.Rows[store.DeviceProject](w.ctx(), w.api.store, store.Everything(), store.Columns{"id_device": w.id})
	if err != nil {
		return false, err
	}
	sites, err := w.sitesOf(idsOf(links, func(l *store.DeviceProject) int { return l.ProjectID }))
	if err != nil {
		return false, err
	}
	administered, err := store.Among[store.Site](w.ctx(), w.api.store, w.access().Admin(), sites)
	return len(administered) > 0, err
}

// link brings the sites and projects of the device in line with the lists. A device is in a project only when it is in
// its site.
func (w *deviceWrite) link(tx *store.Tx, device int) error {
	a, of := w.access().Admin(), store.Columns{"id_device": device}
	if w.sites != nil {
		err := replaceLinks(w.call, tx, a, of, append(w.sites, w.more...), tx.Insert, deviceSite,
			func(site int) *store.DeviceSite { return &store.DeviceSite{DeviceID: device, SiteID: site} })
		if err != nil {
			return err
		}
	} else {
		for _, site := range w.more {
			if err := tx.Insert(w.ctx(), &store.DeviceSite{DeviceID: device, SiteID: site}); err != nil {
				return err
			}
		}
	}
	return replaceLinks(w.call, tx, a, of, w.projects, tx.Insert,
		func(l *store.DeviceProject) int { return l.ProjectID },
		func(project int) *store.DeviceProject {
			return &store.DeviceProject{DeviceID: device, ProjectID: project}
		})
}

func deviceSite(l *store.DeviceSite) int { return l.SiteID }

// deviceLinkRefusals say why a device cannot be taken off a project or site.
var deviceLinkRefusals = map[string]string{
	"t_participants": "Can't delete device from project: please remove all participants with device before deleting.",
	"t_sessions":     "Can't delete device from project: please remove all sessions in this project referring to that device before deleting.",
}
