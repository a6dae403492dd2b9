package rest

import "github.com/gotera/gotera/core/store"

// A device's token makes one the device, which sees everybody that it is lent to, in whatever project. The JSON of a
// device keeps the key, as clients look for it, but with null for those who do not administer the device (core.md 13.1,
// 10).

// hideDeviceTokens hides the tokens that the caller is not to know in the full JSON of devices.
func (c *call) hideDeviceTokens(devices ...store.Object) error {
	known := map[int]bool{}
	if c.id.User != nil {
		var err error
		if known, err = store.Among[store.Device](c.ctx(), c.api.store, c.access().Admin(), column(devices, "id_device")); err != nil {
			return err
		}
	}
	for _, o := range devices {
		if _, there := o["device_token"]; there && !known[o["id_device"].(int)] {
			o["device_token"] = nil
		}
	}
	return nil
}

// devicesJSON is the JSON of devices as the caller may know them.
func (c *call) devicesJSON(m store.Mode, devices ...*store.Device) ([]store.Object, error) {
	objects, err := store.JSON(c.ctx(), c.api.store, m, devices...)
	if err != nil || m == store.Min {
		return objects, err
	}
	return objects, c.hideDeviceTokens(objects...)
}
