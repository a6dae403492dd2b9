package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userServicesConfigsPostIn = params{body: "service_config", doc: "Creates a service configuration (id 0) or changes one, which keeps its service and its owner: " +
	"a user, a participant or a device that the caller administers. With id_specific, writes what differs on one client machine."}

// configWrite is what a POST asks for.
type configWrite struct {
	*call
	o       object
	machine string // "" for the general configuration
	text    string // JSON of the new configuration
	value   object // the same
	given   bool   // a new configuration was given
}

func (a *API) postUserServicesConfigs(c *call) (any, error) {
	o, err := c.wrapped("service_config", "Missing service_config")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_service_config")
	if err != nil {
		return nil, err
	}
	w := configWrite{call: c, o: o}
	if err := w.read(); err != nil {
		return nil, err
	}
	var config *store.ServiceConfig
	if id == 0 {
		config, err = w.create()
	} else {
		config, err = w.change(id)
	}
	if err != nil {
		return nil, err
	}
	return a.serviceConfigObjects(c, []*store.ServiceConfig{config}, w.machine, false)
}

// read takes the parts of the body that are not columns, and checks what it refers to.
func (w *configWrite) read() (err error) {
	key, err := w.o.text("service_key")
	if err != nil {
		return err
	}
	if key != "" {
		if w.o["id_service"], err = w.api.serviceID(w.call, key); err != nil {
			return err
		}
	}
	if w.machine, err = w.o.text("id_specific"); err != nil {
		return err
	}
	if err := w.readConfig(); err != nil {
		return err
	}
	delete(w.o, "service_key")
	delete(w.o, "id_specific")
	delete(w.o, "service_config_config")
	return w.checkReferences()
}

// readConfig takes service_config_config, an object or the text of one.
func (w *configWrite) readConfig() (err error) {
	v := w.o["service_config_config"]
	if v == nil {
		return nil
	}
	if w.text, err = configText(v); err != nil {
		return err
	}
	if len(w.text) > maxConfig {
		return failArgument("service_config_config", "is too large")
	}
	decoded, err := decodeJSON([]byte(w.text))
	w.value, w.given = decoded.(map[string]any)
	if err != nil || !w.given {
		return errBadConfig
	}
	return nil
}

// checkReferences checks the service, which the caller must see, and the owner, which the caller must administer. Zero
// means "not told".
func (w *configWrite) checkReferences() error {
	owners := 0
	for _, ref := range []struct {
		key  string
		must func(*call, error, ...int) error
	}{
		{"id_service", must[store.Service]}, {"id_device", mustAdmin[store.Device]},
		{"id_participant", mustAdmin[store.Participant]}, {"id_user", mustAdmin[store.User]},
	} {
		id, given, err := w.o.optionalID(ref.key)
		if err != nil {
			return err
		}
		if !given || id == 0 {
			delete(w.o, ref.key)
			continue
		}
		if ref.key != "id_service" {
			owners++
		}
		if owners > 1 {
			return errManyTargets
		}
		if err := ref.must(w.call, errForbidden, id); err != nil {
			return err
		}
	}
	return nil
}

func (w *configWrite) create() (*store.ServiceConfig, error) {
	if !w.o.has("id_service") {
		return nil, fail(http.StatusBadRequest, "Missing id_service")
	}
	if !w.o.has("id_user") && !w.o.has("id_participant") && !w.o.has("id_device") {
		return nil, fail(http.StatusBadRequest, "Missing at least one id field")
	}
	if w.given {
		s, err := find[store.Service](w.call, w.o["id_service"].(int), errForbidden)
		if err != nil {
			return nil, err
		}
		if err := w.api.checkConfig(s, w.value); err != nil {
			return nil, err
		}
		if w.machine == "" {
			w.o["service_config_config"] = w.text
		}
	}
	return w.save(0)
}

// change checks the configuration itself, which upstream does not. Clients send the service and the owner along.
func (w *configWrite) change(id int) (*store.ServiceConfig, error) {
	if err := mustAdmin[store.ServiceConfig](w.call, errForbidden, id); err != nil {
		return nil, err
	}
	config, err := find[store.ServiceConfig](w.call, id, errForbidden)
	if err != nil {
		return nil, err
	}
	for key, is := range map[string]*int{
		"id_service": &config.ServiceID, "id_user": config.UserID, "id_participant": config.ParticipantID, "id_device": config.DeviceID,
	} {
		if w.o.has(key) && (is == nil || w.o[key] != *is) {
			return nil, fail(http.StatusBadRequest, "A configuration keeps its service and its owner")
		}
	}
	if w.given {
		s, err := find[store.Service](w.call, config.ServiceID, errForbidden)
		if err != nil {
			return nil, err
		}
		if err := w.api.checkConfig(s, w.effective(config)); err != nil {
			return nil, err
		}
		if w.machine == "" {
			w.o["service_config_config"] = w.text
		}
	}
	return w.save(id)
}

// effective is the configuration that counts after the change: the general one, or on the machine that is written.
func (w *configWrite) effective(config *store.ServiceConfig) object {
	if w.machine == "" {
		return w.value
	}
	general, _ := decodeJSON([]byte(config.Config))
	o, _ := overlaid(general, w.text).(map[string]any)
	return o
}

func (w *configWrite) save(id int) (config *store.ServiceConfig, err error) {
	err = w.write(func(tx *store.Tx) error {
		if config, err = save[store.ServiceConfig](w.call, tx, id, w.o); err != nil || w.machine == "" || !w.given {
			return err
		}
		return tx.SetSpecificConfig(w.ctx(), config.ID, w.machine, w.text)
	})
	return config, err
}

var userServicesConfigsDeleteIn = params{doc: "Deletes a service configuration of the caller, or of a user, participant or device that the caller administers.", list: []param{
	{name: "id", kind: integer, help: "Service config ID to delete", required: true},
}}

func (a *API) deleteUserServicesConfigs(c *call) (any, error) {
	id := c.args.int("id")
	if err := mustAdmin[store.ServiceConfig](c, errForbidden, id); err != nil {
		return nil, err
	}
	return "", deleteRow[store.ServiceConfig](c, id, nil)
}
