package rest

import (
	"context"
	"net/http"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/login"
	"github.com/gotera/gotera/core/store"
)

var tokenParam = param{name: "token", kind: text, help: "Secret Token"}

var deviceLoginIn = params{strict: true, doc: "Logs a device in.", list: []param{tokenParam}}

func (a *API) deviceLogin(c *call) (any, error) {
	d := c.id.Device
	info, err := store.JSONOf(c.ctx(), a.store, store.Full, d)
	if err != nil {
		return nil, err
	}
	if err := a.addDeviceType(c.ctx(), d, info); err != nil {
		return nil, err
	}
	reply := object{"device_info": info}
	if err := a.addDeviceRelations(c, reply); err != nil {
		return nil, err
	}
	if d.Onlineable {
		if a.reg.IsOnline(core.KindDevice, d.UUID) {
			a.login.AlreadyOnline(c.Request, c.id)
			return nil, fail(http.StatusForbidden, "Device already logged in.")
		}
		if reply["websocket_url"], err = c.websocketURL(core.KindDevice, d.UUID); err != nil {
			return nil, err
		}
	}
	a.login.Seen(c.ctx(), c.id)
	a.login.Succeeded(c.Request, c.id)
	return reply, nil
}

// addDeviceType adds the names of the device's type and subtype.
func (a *API) addDeviceType(ctx context.Context, d *store.Device, info store.Object) error {
	kind, err := store.Get[store.DeviceType](ctx, a.store, d.TypeID)
	if err != nil {
		return err
	}
	info["device_type"] = kind.Name
	if d.SubtypeID == nil {
		return nil
	}
	sub, err := store.Get[store.DeviceSubtype](ctx, a.store, *d.SubtypeID)
	if err != nil {
		return err
	}
	info["device_subtype"] = sub.Name
	return nil
}

// addDeviceRelations adds the participants that the device is lent to and the session types of its projects.
func (a *API) addDeviceRelations(c *call, reply object) error {
	participants, err := a.store.Participants(c.ctx(), c.access(), store.ParticipantQuery{})
	if err != nil {
		return err
	}
	list := []object{}
	for _, p := range participants {
		list = append(list, object{"participant_name": p.Name, "participant_uuid": p.UUID})
	}
	reply["participants_info"] = list
	types, err := a.store.SessionTypes(c.ctx(), c.access(), store.SessionTypeQuery{})
	if err != nil {
		return err
	}
	reply["session_types_info"], err = store.JSON(c.ctx(), a.store, store.Min, types...)
	return err
}

var deviceLogoutIn = params{doc: "Logs a device out: its websocket is closed.", list: []param{tokenParam}}

func (a *API) deviceLogout(c *call) (any, error) {
	a.cfg.Disconnect(core.KindDevice, c.id.Device.UUID)
	login.EndSession(c.Writer)
	return "Device logged out.", nil
}
