package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

// userDevicesParticipants: which devices of a project are lent to which of its participants. There are no replacements.
var userDevicesParticipants = association[store.DeviceParticipant]{
	model: "device_participant", doc: "devices and participants",
	left: end{entity: deviceEntity, joins: deviceEntity.visible, refusal: "Access denied to device"},
	right: end{
		entity: participantEntity, joins: participantEntity.administered,
		refusal: "User is not admin of the participant's project",
	},
	outside: map[string]string{"t_devices_projects": "Device not assigned to the participant's project"},
}

var userDevicesParticipantsIn = params{doc: "Lists pairs of devices and participants.", list: []param{
	{name: "id_device", kind: integer, help: "ID of the device from which to request all associated participants"},
	{name: "id_participant", kind: integer, help: "ID of the participant from which to request all associated devices"},
	{name: "id_site", kind: integer, help: "ID of the site from which to get all devices and associated participants"},
	{name: "id_device_type", kind: integer, help: "With id_participant: limits the devices to a type"},
	{name: "list", kind: boolean, help: "Limits the answer to ids"},
}}

// getUserDevicesParticipants lists those pairs whose ends the caller may both see.
func (a *API) getUserDevicesParticipants(c *call) (any, error) {
	if !c.args.any() {
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	where, err := a.lentWhere(c)
	if err != nil || where == nil {
		return []store.Object{}, err
	}
	links, err := store.Rows[store.DeviceParticipant](c.ctx(), a.store, c.access(), where)
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), a.store, store.Full, links...)
	if err != nil || c.args.bool("list") {
		return objects, err
	}
	devices, err := a.nameLent(c, objects)
	if err != nil {
		return nil, err
	}
	lent := make([]*store.Device, len(links))
	for i, l := range links {
		lent[i] = devices[l.DeviceID]
	}
	full, err := c.devicesJSON(store.Full, lent...)
	for i, o := range full {
		objects[i]["device_participant_device"] = o
	}
	return objects, err
}

// postUserDevicesParticipants answers with the names too.
func (a *API) postUserDevicesParticipants(c *call) (any, error) {
	v, err := userDevicesParticipants.post(a, c)
	if err != nil {
		return nil, err
	}
	pairs := v.([]store.Object)
	_, err = a.nameLent(c, pairs)
	return pairs, err
}

// lentWhere takes the first of the arguments that is given; nil stands for nothing.
func (a *API) lentWhere(c *call) (store.Columns, error) {
	if id := c.args.int("id_device"); id != 0 {
		return store.Columns{"id_device": id}, nil
	}
	if id := c.args.int("id_participant"); id != 0 {
		where := store.Columns{"id_participant": id}
		if kind := c.args.int("id_device_type"); kind != 0 {
			devices, err := a.store.Devices(c.ctx(), c.access(), store.DeviceQuery{Type: kind})
			where["id_device"] = idsOf(devices, func(d *store.Device) int { return d.ID })
			return where, err
		}
		return where, nil
	}
	if id := c.args.int("id_site"); id != 0 {
		participants, err := a.store.Participants(c.ctx(), c.access(), store.ParticipantQuery{Site: id})
		return store.Columns{"id_participant": idsOf(participants, func(p *store.Participant) int { return p.ID })}, err
	}
	return nil, nil
}

// nameLent adds the names of both ends to pairs, and returns the devices among them.
func (a *API) nameLent(c *call, pairs []store.Object) (map[int]*store.Device, error) {
	devices, err := store.ByIDs[store.Device](c.ctx(), a.store, column(pairs, "id_device"))
	if err != nil {
		return nil, err
	}
	participants, err := store.ByIDs[store.Participant](c.ctx(), a.store, column(pairs, "id_participant"))
	for _, o := range pairs {
		if d := devices[o["id_device"].(int)]; d != nil {
			o["device_name"] = d.Name
		}
		if p := participants[o["id_participant"].(int)]; p != nil {
			o["participant_name"] = p.Name
		}
	}
	return devices, err
}
