package rest

import (
	"net/http"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

var userDisconnectIn = params{doc: "Closes the websockets of the first account that is named, which the caller must administer.", list: disconnectParams}

var disconnectParams = []param{
	{name: "id_user", kind: integer, help: "ID of the user to query"},
	{name: "user_uuid", kind: text, help: "User uuid of the user to query"},
	{name: "id_participant", kind: integer, help: "ID of the participant to query"},
	{name: "participant_uuid", kind: text, help: "Participant uuid of the participant to query"},
	{name: "id_device", kind: integer, help: "ID of the device to query"},
	{name: "device_uuid", kind: text, help: "Device uuid of the device to query"},
}

func (a *API) userDisconnect(c *call) (any, error) {
	kind, uuid, err := c.whomToDisconnect()
	if err != nil {
		return nil, err
	}
	if uuid == c.id.User.UUID {
		return nil, fail(http.StatusBadRequest, "Use Logout instead to disconnect current user")
	}
	a.cfg.Disconnect(kind, uuid)
	return "Success", nil
}

// whomToDisconnect is the first account that disconnectParams name; the caller must administer it.
func (c *call) whomToDisconnect() (kind core.Kind, uuid string, err error) {
	for _, kind := range []core.Kind{core.KindUser, core.KindParticipant, core.KindDevice} {
		for _, column := range []string{"id_" + string(kind), string(kind) + "_uuid"} {
			value := c.args[column]
			if value == nil || value == 0 || value == "" {
				continue
			}
			uuid, err := c.administered(kind, store.Columns{column: value})
			return kind, uuid, err
		}
	}
	return "", "", fail(http.StatusBadRequest, "Invalid request")
}

// administered is the uuid of the account that the columns name, which the caller must administer.
func (c *call) administered(kind core.Kind, where store.Columns) (string, error) {
	switch kind {
	case core.KindUser:
		return administered(c, where, func(u *store.User) string { return u.UUID })
	case core.KindParticipant:
		return administered(c, where, func(p *store.Participant) string { return p.UUID })
	}
	return administered(c, where, func(d *store.Device) string { return d.UUID })
}

func administered[T any](c *call, where store.Columns, uuid func(*T) string) (string, error) {
	rows, err := store.Rows[T](c.ctx(), c.api.store, c.access().Admin(), where)
	if err != nil {
		return "", err
	}
	if len(rows) == 0 {
		return "", errForbidden
	}
	return uuid(rows[0]), nil
}
