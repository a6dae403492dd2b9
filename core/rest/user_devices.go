package rest

import (
	"net/http"
	"strings"

	"github.com/gotera/gotera/core/store"
)

var userDevicesIn = params{doc: "Lists devices: those asked for, or all that the caller may see.", list: []param{
	{name: "id", kind: integer, help: "ID of the device to query"},
	{name: "id_device", kind: integer, help: "ID of the device to query"},
	{name: "device_uuid", kind: text, help: "Device uuid of the device to query"},
	{name: "uuid", kind: text, help: `Alias for "device_uuid"`},
	{name: "id_site", kind: integer, help: "ID of the site from which to get all associated devices"},
	{name: "id_project", kind: integer, help: "ID of the project from which to get all associated devices"},
	{name: "id_device_type", kind: integer, help: "ID of device type from which to get all devices. Can be combined with id_site or id_project."},
	{name: "id_device_subtype", kind: integer, help: "Device subtype id to get all devices of that subtype."},
	{name: "name", kind: text, help: "Name of the device to query"},
	{name: "projects", kind: boolean, help: "Flag that indicates if associated project(s) information should be included in the returned device list"},
	{name: "enabled", kind: boolean, help: "Flag that limits the returned data to the enabled devices."},
	{name: "list", kind: boolean, help: "Flag that limits the returned data to minimal information"},
	{name: "with_participants", kind: boolean, help: "Flag that indicates if associated participant(s) information should be included in the returned device list"},
	{name: "with_sites", kind: boolean, help: "Flag that indicates if associated site(s) information should be included in the returned device list"},
	{name: "with_status", kind: boolean, help: "Include status information - offline, online, busy for each device"},
}}

func (a *API) getUserDevices(c *call) (any, error) {
	q, empty, err := deviceQuery(c)
	if err != nil || empty {
		return []store.Object{}, err
	}
	devices, err := a.store.Devices(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	objects, err := c.devicesJSON(mode(c.args.bool("list")), devices...)
	if err != nil {
		return nil, err
	}
	d := deviceList{call: c, devices: devices, objects: objects, ids: idsOf(devices, func(d *store.Device) int { return d.ID })}
	for _, add := range []struct {
		wanted bool
		what   func() error
	}{
		{c.args.bool("with_participants"), d.addParticipants},
		{c.args.bool("with_sites"), d.addSites},
		{c.args.bool("projects"), d.addProjects},
		{true, d.addSubtypes},
		{c.args.bool("with_status"), d.addStatus},
	} {
		if add.wanted {
			if err := add.what(); err != nil {
				return nil, err
			}
		}
	}
	return objects, nil
}

// deviceQuery takes one of the ways to choose devices; more than one is an error.
func deviceQuery(c *call) (q store.DeviceQuery, empty bool, err error) {
	q = store.DeviceQuery{Type: c.args.int("id_device_type")}
	if c.args.bool("enabled") {
		q.Enabled = c.args.optionalBool("enabled")
	}
	ids := 0
	for name, v := range c.args {
		if v != nil && name != "id_device_type" && (strings.HasPrefix(name, "id_") || strings.Contains(name, "uuid") || name == "name") {
			ids++
		}
	}
	if id := c.args.int("id"); id != 0 && !c.args.has("id_device") {
		ids++
	}
	if ids > 1 {
		return q, false, fail(http.StatusBadRequest, "Too many IDs")
	}
	if id := c.args.first("id", "id_device"); id != 0 {
		q.IDs = []int{id}
	}
	if uuid := c.args.firstText("uuid", "device_uuid"); uuid != "" {
		q.UUIDs = []string{uuid}
	}
	q.Site, q.Project, q.Subtype, q.Name = c.args.int("id_site"), c.args.int("id_project"), c.args.int("id_device_subtype"), c.args.text("name")
	if q.Project != 0 || q.Site != 0 {
		q.Enabled = c.args.optionalBool("enabled")
	}
	chosen := q.IDs != nil || q.UUIDs != nil || q.Site != 0 || q.Project != 0 || q.Subtype != 0 || q.Name != ""
	if ids == 1 && !chosen || ids == 0 && c.args.has("id_device_type") && q.Type == 0 {
		return q, true, nil // a zero id is nobody's
	}
	if q.Project != 0 {
		ok, err := may[store.Project](c, q.Project)
		return q, !ok, err
	}
	if q.Site != 0 {
		ok, err := may[store.Site](c, q.Site)
		return q, !ok, err
	}
	return q, false, nil
}

var userDevicesOnlineIn = params{doc: "Lists the devices that are online or busy."}

func (a *API) getUserDevicesOnline(c *call) (any, error) {
	status := a.reg.Devices()
	devices, err := a.store.Devices(c.ctx(), c.access(), store.DeviceQuery{UUIDs: keys(status)})
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), a.store, store.Min, devices...)
	for i, d := range devices {
		addDeviceStatus(objects[i], d.UUID, status)
	}
	return objects, err
}
