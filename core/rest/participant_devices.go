package rest

import "github.com/gotera/gotera/core/store"

var participantDevicesIn = params{strict: true, doc: "Lists the devices lent to the participant.", list: []param{
	{name: "id_device", kind: integer, help: "ID of the device to query"},
	{name: "list", kind: boolean, help: "Flag that limits the returned data to minimal information"},
}}

func (a *API) getParticipantDevices(c *call) (any, error) {
	var q store.DeviceQuery
	if id := c.args.int("id_device"); id != 0 {
		q.IDs = []int{id}
	}
	devices, err := a.store.Devices(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	return c.devicesJSON(mode(c.args.bool("list")), devices...)
}
