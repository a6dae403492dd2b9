package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userDeviceTypesIn = params{doc: "Lists device types: one, or all. Everybody may see them.", list: []param{
	{name: "id_device_type", kind: integer, help: "ID of the device type"},
	{name: "device_type_key", kind: text, help: "Key of the device type"},
	{name: "list", kind: boolean, help: "List of all device types"},
}}

func (a *API) getUserDeviceTypes(c *call) (any, error) {
	where := store.Columns{}
	if id, key := c.args.int("id_device_type"), c.args.text("device_type_key"); id != 0 {
		where["id_device_type"] = id
	} else if key != "" {
		where["device_type_key"] = key
	} else if c.args.has("id_device_type") || c.args.has("device_type_key") {
		return []store.Object{}, nil // zero is nobody's
	}
	types, err := store.Rows[store.DeviceType](c.ctx(), a.store, c.access(), where)
	if err != nil {
		return nil, err
	}
	if len(where) > 0 && len(types) == 0 {
		return nil, fail(http.StatusForbidden, "Unexisting ID/Forbidden access")
	}
	return store.JSON(c.ctx(), a.store, mode(c.args.bool("list")), types...)
}

var userDeviceTypesPostIn = params{body: "device_type", doc: "Creates a device type (id 0) or changes one; super-administrators only."}

func (a *API) postUserDeviceTypes(c *call) (any, error) {
	o, err := c.wrapped("device_type", "Missing device type")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_device_type")
	if err != nil {
		return nil, err
	}
	if err := c.superAdmin(); err != nil {
		return nil, err
	}
	if id > 0 {
		if _, err := find[store.DeviceType](c, id, fail(http.StatusBadRequest, "Invalid device type")); err != nil {
			return nil, err
		}
	}
	return saved[store.DeviceType](c, id, o)
}

var userDeviceTypesDeleteIn = params{doc: "Deletes a device type that no device has; super-administrators only.", list: []param{
	{name: "id", kind: integer, help: "Device type ID to delete"},
	{name: "device_type_key", kind: text, help: "Unique device key to delete"},
}}

func (a *API) deleteUserDeviceTypes(c *call) (any, error) {
	id, key := c.args.int("id"), c.args.text("device_type_key")
	switch {
	case id == 0 && key == "":
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	case id != 0 && key != "":
		return nil, fail(http.StatusBadRequest, "Tried to delete with 2 parameters")
	}
	if err := c.superAdmin(); err != nil {
		return nil, err
	}
	missing := fail(http.StatusBadRequest, "Device type not found")
	if key != "" {
		t, err := a.store.DeviceTypeByKey(c.ctx(), key)
		if errors.Is(err, store.ErrNotFound) {
			return nil, missing
		}
		if err != nil {
			return nil, err
		}
		id = t.ID
	} else if _, err := find[store.DeviceType](c, id, missing); err != nil {
		return nil, err
	}
	return "Device type successfully deleted", deleteRow[store.DeviceType](c, id, map[string]string{
		"t_devices": "Can't delete device type: please delete all associated devices before deleting.",
	})
}
