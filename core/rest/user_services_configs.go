package rest

import (
	"errors"
	"maps"
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var userServicesConfigsIn = params{doc: "Lists service configurations: of a service, of a user, participant or device, or, without any, the caller's own.", list: []param{
	{name: "id_service", kind: integer, help: "ID of service to get all configs from. Use in combination with another ID field to filter."},
	{name: "service_key", kind: text, help: "Service key to query. Can be used instead of id_service. If used with id_service, service_key will be ignored."},
	{name: "id_participant", kind: integer, help: "ID of the participant from which to get the service specified with id_service or all configs"},
	{name: "id_user", kind: integer, help: "ID of the user from which to get the service specified with id_service or all configs"},
	{name: "id_device", kind: integer, help: "ID of the device from which to get the service specified with id_service or all configs"},
	{name: "id_specific", kind: text, help: "ID of the specific configuration to get."},
	{name: "with_empty", kind: boolean, help: "Also include empty configs for services without config."},
	{name: "list", kind: boolean, help: "Also includes a list of all available specifics configs."},
}}

var errManyTargets = fail(http.StatusBadRequest, "Can't combine id_user, id_participant and id_device in request")

func (a *API) getUserServicesConfigs(c *call) (any, error) {
	q, visible, err := a.serviceConfigQuery(c)
	if err != nil || !visible {
		return []store.Object{}, err
	}
	configs, err := a.store.ServiceConfigs(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	if q.Service != 0 && (q.User != 0 || q.Participant != 0 || q.Device != 0) && len(configs) > 1 {
		configs = configs[:1] // two clients made one at the same time; OpenTera shows the first
	}
	objects, err := a.serviceConfigObjects(c, configs, c.args.text("id_specific"), c.args.bool("list"))
	if err != nil || !c.args.bool("with_empty") {
		return objects, err
	}
	return a.withEmptyConfigs(c, configs, objects)
}

// serviceConfigQuery reads the arguments; visible is false when the service or the target is not the caller's to see.
func (a *API) serviceConfigQuery(c *call) (q store.ServiceConfigQuery, visible bool, err error) {
	q.Service = c.args.int("id_service")
	if key := c.args.text("service_key"); key != "" && q.Service == 0 {
		if q.Service, err = a.serviceID(c, key); err != nil {
			return q, false, err
		}
	}
	q.User, q.Participant, q.Device = c.args.int("id_user"), c.args.int("id_participant"), c.args.int("id_device")
	if q.User != 0 && q.Participant != 0 || q.User != 0 && q.Device != 0 || q.Participant != 0 && q.Device != 0 {
		return q, false, errManyTargets
	}
	switch {
	case q.User != 0:
		visible, err = may[store.User](c, q.User)
	case q.Participant != 0:
		visible, err = may[store.Participant](c, q.Participant)
	case q.Device != 0:
		visible, err = may[store.Device](c, q.Device)
	default:
		visible = true
	}
	if q.Service == 0 {
		q.Editable = true
		if q.User == 0 && q.Participant == 0 && q.Device == 0 {
			q.User = c.id.User.ID
		}
		return q, visible, err
	}
	if err == nil && visible {
		visible, err = may[store.Service](c, q.Service)
	}
	return q, visible, err
}

// serviceID is the id of the service with that key.
func (a *API) serviceID(c *call, key string) (int, error) {
	s, err := a.store.ServiceByKey(c.ctx(), key)
	if errors.Is(err, store.ErrNotFound) {
		return 0, fail(http.StatusBadRequest, "Not found")
	}
	if err != nil {
		return 0, err
	}
	return s.ID, nil
}

// serviceConfigObjects is the JSON of configurations, overlaid with what they are on one client machine, if they differ
// there (core.md 9.7). list adds the machines that are known.
func (a *API) serviceConfigObjects(c *call, configs []*store.ServiceConfig, machine string, list bool) ([]store.Object, error) {
	objects, err := store.JSON(c.ctx(), a.store, store.Full, configs...)
	if err != nil || machine == "" && !list {
		return objects, err
	}
	at := map[int]store.Object{}
	for i, config := range configs {
		at[config.ID] = objects[i]
		if list {
			objects[i]["service_config_specifics"] = []string{}
		}
	}
	specifics, err := store.Rows[store.ServiceConfigSpecific](c.ctx(), a.store, store.Everything(),
		store.Columns{"id_service_config": idsOf(configs, func(config *store.ServiceConfig) int { return config.ID })})
	for _, s := range specifics {
		o := at[s.ConfigID]
		if list {
			o["service_config_specifics"] = append(o["service_config_specifics"].([]string), s.Specific)
		}
		if machine != "" && s.Specific == machine {
			o["service_config_config"] = overlaid(o["service_config_config"], s.Config)
			o["service_config_specific_id"] = machine
		}
	}
	return objects, err
}

// overlaid is a configuration with the top-level keys of a specific one replaced.
func overlaid(general any, specific string) any {
	v, err := decodeJSON([]byte(specific))
	over, isObject := v.(map[string]any)
	if err != nil || !isObject {
		return general
	}
	under, _ := general.(map[string]any)
	result := map[string]any{}
	maps.Copy(result, under)
	maps.Copy(result, over)
	return result
}

// withEmptyConfigs appends an empty configuration for each service that has none and could have one.
func (a *API) withEmptyConfigs(c *call, configs []*store.ServiceConfig, objects []store.Object) ([]store.Object, error) {
	services, err := a.store.Services(c.ctx(), c.access(), store.ServiceQuery{Editable: true})
	have := map[int]bool{}
	for _, config := range configs {
		have[config.ServiceID] = true
	}
	for _, s := range services {
		if have[s.ID] {
			continue
		}
		o := store.Object{
			"id_service_config": nil, "id_service": s.ID, "service_config_config": object{}, "service_config_specific_id": nil,
			"service_config_name": s.Name, "service_config_last_update_time": nil,
		}
		if c.args.bool("list") {
			o["service_config_specifics"] = []string{}
		}
		objects = append(objects, o)
	}
	return objects, err
}
