package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var deviceDevicesIn = params{doc: "Describes the caller."}

func (a *API) getDeviceDevices(c *call) (any, error) {
	info, err := store.JSONOf(c.ctx(), a.store, store.Min, c.id.Device)
	if err != nil {
		return nil, err
	}
	reply := object{"device_info": info}
	return reply, a.addDeviceRelations(c, reply)
}

var deviceDevicesPostIn = params{body: "device", doc: "Changes the configuration that the device keeps on the server."}

// postDeviceDevices writes device_config only (core.md 4.4).
func (a *API) postDeviceDevices(c *call) (any, error) {
	o, err := c.wrapped("device", "Missing device schema")
	if err != nil {
		return nil, err
	}
	if !o.has("device_config") {
		return nil, fail(http.StatusBadRequest, "Missing config")
	}
	if o.has("id_device") {
		if id, ok := o["id_device"].(int); !ok {
			return nil, failArgument("id_device", "must be an integer")
		} else if id != c.id.Device.ID {
			return nil, errForbidden
		}
	}
	var d *store.Device
	err = a.store.Write(c.ctx(), func(tx *store.Tx) (err error) {
		d, err = store.UpdateJSON[store.Device](c.ctx(), tx, c.id.Device.ID, store.Object{"device_config": o["device_config"]})
		return err
	})
	if err != nil {
		return nil, stored(err)
	}
	return store.JSON(c.ctx(), a.store, store.Full, d)
}

var deviceParticipantsIn = params{doc: "Describes the participants that the device is lent to."}

func (a *API) getDeviceParticipants(c *call) (any, error) {
	if !c.id.Device.Onlineable {
		return nil, fail(http.StatusForbidden, "Invalid request")
	}
	participants, err := a.store.Participants(c.ctx(), c.access(), store.ParticipantQuery{})
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), a.store, store.Full, participants...)
	for _, o := range objects {
		o["participant_token"] = nil // with it a device could log in as the participant (core.md 13.1, 10)
	}
	return object{"participants_info": objects}, err
}
