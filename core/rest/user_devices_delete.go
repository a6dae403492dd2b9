package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userDevicesDeleteIn = params{doc: "Deletes a device when the caller administers all of it, else takes it off the projects that the caller administers.", list: []param{
	{name: "id", kind: integer, help: "Device ID to delete", required: true},
}}

var deviceRefusals = map[string]string{
	"t_devices_participants": "Can't delete device: please delete all participants association before deleting.",
	"t_sessions_devices":     "Can't delete device: please remove all sessions referring to that device before deleting.",
	"t_sessions":             "Can't delete device: please remove all sessions created by that device before deleting.",
	"t_assets":               "Can't delete device: please delete all assets created by that device before deleting.",
	"t_tests":                "Can't delete device: please delete all tests created by that device before deleting.",
}

func (a *API) deleteUserDevices(c *call) (any, error) {
	id := c.args.int("id")
	if _, err := find[store.Device](c, id, fail(http.StatusBadRequest, "Invalid id")); err != nil {
		return nil, err
	}
	links, err := store.Rows[store.DeviceProject](c.ctx(), a.store, store.Everything(), store.Columns{"id_device": id})
	if err != nil {
		return nil, err
	}
	projects := idsOf(links, func(l *store.DeviceProject) int { return l.ProjectID })
	mine, err := store.Among[store.Project](c.ctx(), a.store, c.access().Admin(), projects)
	if err != nil {
		return nil, err
	}
	all, err := a.mayDeleteDevice(c, id, len(mine), len(links))
	if err != nil {
		return nil, err
	}
	const done = "Device successfully deleted"
	if all {
		return done, deleteRow[store.Device](c, id, deviceRefusals)
	}
	if len(mine) == 0 {
		return nil, errForbidden
	}
	return done, c.write(func(tx *store.Tx) error {
		for _, l := range links {
			if mine[l.ProjectID] {
				if err := tx.Delete(c.ctx(), l); err != nil {
					return refused(err, deviceLinkRefusals)
				}
			}
		}
		return nil
	})
}

// mayDeleteDevice reports whether nothing of a device is others': the caller administers all its projects and sees all its
// sites; for a device in no project, administers all its sites. Upstream looks at the projects alone, so that any
// administrator of any project may delete a device of others that is in no project.
func (a *API) mayDeleteDevice(c *call, device, mine, projects int) (bool, error) {
	if c.superAdmin() == nil {
		return true, nil
	}
	links, err := store.Rows[store.DeviceSite](c.ctx(), a.store, store.Everything(), store.Columns{"id_device": device})
	if err != nil || mine < projects || len(links) == 0 {
		return false, err
	}
	if projects == 0 {
		return mayAdmin[store.Site](c, idsOf(links, deviceSite)...)
	}
	return may[store.Site](c, idsOf(links, deviceSite)...)
}
