package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var serviceDevicesIn = params{doc: "Describes one device.", list: []param{
	{name: "device_uuid", kind: text, help: "Device uuid of the device to query"},
	{name: "id_device", kind: integer, help: "Device ID to query"},
	{name: "with_device_type", kind: boolean, help: "Give more information about type"},
	{name: "with_device_subtype", kind: boolean, help: "Give more information about subtype"},
	{name: "with_device_assets", kind: boolean, help: "Give more information about assets"},
}}

func (a *API) getServiceDevices(c *call) (any, error) {
	var q store.DeviceQuery
	switch {
	case c.args.text("device_uuid") != "":
		q.UUIDs = []string{c.args.text("device_uuid")}
	case c.args.int("id_device") != 0:
		q.IDs = []int{c.args.int("id_device")}
	default:
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	devices, err := a.store.Devices(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	if len(devices) == 0 {
		return a.unseenDevice(c, q)
	}
	d := devices[0]
	o, err := store.JSONOf(c.ctx(), a.store, store.Full, d)
	if err != nil {
		return nil, err
	}
	if c.args.bool("with_device_type") {
		if err := addRow[store.DeviceType](c, o, "device_type", &d.TypeID); err != nil {
			return nil, err
		}
	}
	if c.args.bool("with_device_subtype") {
		if err := addRow[store.DeviceSubtype](c, o, "device_subtype", d.SubtypeID); err != nil {
			return nil, err
		}
	}
	if c.args.bool("with_device_assets") {
		err = a.addDeviceAssets(c, d, o)
	}
	return o, err
}

// unseenDevice refuses: 403 for a device of others, 400 for one that does not exist, as upstream.
func (a *API) unseenDevice(c *call, q store.DeviceQuery) (any, error) {
	others, err := a.store.Devices(c.ctx(), store.Everything(), q)
	if err != nil {
		return nil, err
	}
	if len(others) > 0 {
		return nil, errForbidden
	}
	return nil, fail(http.StatusBadRequest, "Missing arguments")
}

// addRow adds the min JSON of the row with that id, null for none.
func addRow[T any](c *call, o store.Object, key string, id *int) error {
	o[key] = nil
	if id == nil {
		return nil
	}
	row, err := store.Get[T](c.ctx(), c.api.store, *id)
	if err != nil {
		return err
	}
	o[key], err = store.JSONOf(c.ctx(), c.api.store, store.Min, any(row).(store.Row))
	return err
}

// addDeviceAssets lists the assets of the device that the caller may see: others are of sessions elsewhere.
func (a *API) addDeviceAssets(c *call, d *store.Device, o store.Object) error {
	own, err := a.store.Assets(c.ctx(), c.access(), store.AssetQuery{OfDevice: d.ID})
	if err != nil {
		return err
	}
	o["device_assets"], err = store.JSON(c.ctx(), a.store, store.Min, own...)
	return err
}
