package rest

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gotera/gotera/core/registry"
)

var deviceStatusIn = params{doc: "Tells everybody who may see the device how it is.", body: "status, timestamp"}

func (a *API) deviceStatus(c *call) (any, error) {
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	if !body.has("status") || !body.has("timestamp") {
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	switch body["timestamp"].(type) {
	case int, float64:
	default:
		return nil, failArgument("timestamp", "must be a number")
	}
	text, err := json.Marshal(body["status"]) // an object is meant; anything is taken
	if err != nil {
		return nil, err
	}
	timestamp, err := json.Marshal(body["timestamp"])
	if err != nil {
		return nil, err
	}
	err = a.reg.UpdateDevice(c.ctx(), c.id.Device.UUID, string(text), timestamp)
	switch {
	case errors.Is(err, registry.ErrOffline):
		return nil, fail(http.StatusForbidden, "Status update forbidden on offline device.")
	case errors.Is(err, registry.ErrTooLong):
		return nil, failArgument("status", "is too long")
	case err != nil:
		return nil, err
	}
	return object{"uuid": c.id.Device.UUID, "status": string(text), "timestamp": json.RawMessage(timestamp)}, nil
}
