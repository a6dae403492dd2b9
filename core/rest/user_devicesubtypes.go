package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userDeviceSubtypesIn = params{doc: "Lists device subtypes: one, those of a type, or all. Everybody may see them.", list: []param{
	{name: "id_device_subtype", kind: integer, help: "ID of the device subtype to query"},
	{name: "id_device_type", kind: integer, help: "ID of the device type from which to get all subtypes"},
	{name: "list", kind: boolean, help: "Return minimal information"},
}}

func (a *API) getUserDeviceSubtypes(c *call) (any, error) {
	where := store.Columns{}
	switch {
	case c.args.has("id_device_subtype") && c.args.has("id_device_type"):
		return nil, fail(http.StatusBadRequest, "Too Many IDs")
	case c.args.has("id_device_subtype"):
		where["id_device_subtype"] = c.args.int("id_device_subtype")
		if err := must[store.DeviceSubtype](c, fail(http.StatusForbidden, "No access to device subtype"), c.args.int("id_device_subtype")); err != nil {
			return nil, err
		}
	case c.args.has("id_device_type"):
		where["id_device_type"] = c.args.int("id_device_type")
		if err := must[store.DeviceType](c, fail(http.StatusForbidden, "No access to device type"), c.args.int("id_device_type")); err != nil {
			return nil, err
		}
	}
	subtypes, err := store.Rows[store.DeviceSubtype](c.ctx(), a.store, c.access(), where)
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, mode(c.args.bool("list")), subtypes...)
}

var userDeviceSubtypesPostIn = params{body: "device_subtype", doc: "Creates a device subtype (id 0) or changes one, which keeps its type; " +
	"super-administrators only."}

func (a *API) postUserDeviceSubtypes(c *call) (any, error) {
	o, err := c.wrapped("device_subtype", "Missing device_subtype")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_device_subtype")
	if err != nil {
		return nil, err
	}
	if err := c.superAdmin(); err != nil {
		return nil, err
	}
	if id > 0 {
		s, err := find[store.DeviceSubtype](c, id, fail(http.StatusBadRequest, "Invalid device subtype"))
		if err != nil {
			return nil, err
		}
		o["id_device_type"] = s.TypeID
	}
	return saved[store.DeviceSubtype](c, id, o)
}

var userDeviceSubtypesDeleteIn = params{doc: "Deletes a device subtype that no device has; super-administrators only.", list: []param{
	{name: "id", kind: integer, help: "Device subtype ID to delete", required: true},
}}

func (a *API) deleteUserDeviceSubtypes(c *call) (any, error) {
	if err := c.superAdmin(); err != nil {
		return nil, err
	}
	id := c.args.int("id")
	if _, err := find[store.DeviceSubtype](c, id, fail(http.StatusBadRequest, "Device subtype not found")); err != nil {
		return nil, err
	}
	return "Device subtype successfully deleted", deleteRow[store.DeviceSubtype](c, id, map[string]string{
		"t_devices": "Can't delete device subtype: please delete all devices of that subtype before deleting.",
	})
}
