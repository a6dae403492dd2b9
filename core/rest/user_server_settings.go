package rest

import "github.com/gotera/gotera/core/store"

var userServerSettingsIn = params{doc: "Tells settings of the server. The device registration key is told to administrators only.", list: []param{
	{name: "uuid", kind: boolean, help: "Get server UUID"},
	{name: "device_register_key", kind: boolean, help: "Get device registration key"},
}}

// getUserServerSettings leaves the device registration key out for those who administer nothing (core.md 13.1, 2). It is
// no refusal: OpenTeraPlus asks for the key in its "about" dialog, whoever the user is, and shows "unknown" without it.
func (a *API) getUserServerSettings(c *call) (any, error) {
	settings := object{}
	if c.args.bool("uuid") {
		v, err := a.store.Setting(c.ctx(), store.SettingServerUUID)
		if err != nil {
			return nil, err
		}
		settings["server_uuid"] = v
	}
	if !c.args.bool("device_register_key") {
		return settings, nil
	}
	if ok, err := c.administersAnything(); err != nil || !ok {
		return settings, err
	}
	key, err := a.store.Setting(c.ctx(), store.SettingDeviceRegisterKey)
	settings["device_register_key"] = key
	return settings, err
}

// administersAnything: a super-administrator, or the administrator of some site or project.
func (c *call) administersAnything() (bool, error) {
	if c.superAdmin() == nil {
		return true, nil
	}
	if ok, err := store.Any[store.Site](c.ctx(), c.api.store, c.access().Admin()); ok || err != nil {
		return ok, err
	}
	return store.Any[store.Project](c.ctx(), c.api.store, c.access().Admin())
}
