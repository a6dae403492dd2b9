package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var serviceDevicesPostIn = params{body: "device", doc: "Creates a device (id 0), enabled and onlineable, or changes one of the service's projects. Answers one object."}

// postServiceDevices refuses keys that are no fields of a device, as upstream's schema does.
func (a *API) postServiceDevices(c *call) (any, error) {
	o, err := c.wrapped("device", "Missing arguments")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_device")
	if err != nil {
		return nil, err
	}
	if unknown := store.UnknownFields[store.Device](store.Object(o)); len(unknown) > 0 {
		return nil, failArgument(unknown[0], "is no field of a device")
	}
	for _, ref := range []struct{ key, refusal string }{
		{"id_device_type", "Unknown device type"}, {"id_device_subtype", "Unknown device subtype"},
	} {
		if n, ok := o[ref.key].(int); ok && (n < 0 || n == 0 && ref.key == "id_device_type") {
			return nil, fail(http.StatusForbidden, ref.refusal)
		}
		if _, err := o.id(ref.key); err != nil {
			return nil, err
		}
	}
	delete(o, "device_token") // made by the server, never given
	if id > 0 {
		if err := must[store.Device](c, errForbidden, id); err != nil {
			return nil, err
		}
		return savedOne[store.Device](c, id, o)
	}
	return savedOne[store.Device](c, 0, object{
		"device_name": o["device_name"], "id_device_type": o["id_device_type"], "id_device_subtype": o["id_device_subtype"],
		"device_enabled": true, "device_onlineable": true,
	})
}
