package rest

import (
	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

var userServicesIn = params{doc: "Lists services: those asked for, or all that the caller may see. The server itself is never listed.", list: []param{
	{name: "id_service", kind: integer, help: "ID of the service to query"},
	{name: "id_project", kind: integer, help: "ID of the project to query services from"},
	{name: "id_site", kind: integer, help: "ID of the site to query services from"},
	{name: "id", kind: integer, help: `Alias for "id_service"`},
	{name: "service_uuid", kind: text, help: "Service UUID to query"},
	{name: "uuid", kind: text, help: `Alias for "service_uuid"`},
	{name: "service_key", kind: text, help: "Service Key to query"},
	{name: "key", kind: text, help: `Alias for "service_key"`},
	{name: "list", kind: boolean, help: "Flag that limits the returned data to minimal information"},
	{name: "with_config", kind: boolean, help: "Only return services with editable configuration"},
}}

func (a *API) getUserServices(c *call) (any, error) {
	q := store.ServiceQuery{NotKey: core.ServiceOpenTera, Editable: c.args.bool("with_config")}
	id := c.args.first("id", "id_service")
	uuid, key := c.args.firstText("uuid", "service_uuid"), c.args.firstText("key", "service_key")
	switch {
	case id != 0:
		q.IDs = []int{id}
	case uuid != "":
		q.UUIDs = []string{uuid}
	case key != "":
		q.Keys = []string{key}
	case c.args.int("id_project") != 0:
		if ok, err := may[store.Project](c, c.args.int("id_project")); err != nil || !ok {
			return []store.Object{}, err
		}
		q.Project = c.args.int("id_project")
	case c.args.int("id_site") != 0:
		if ok, err := may[store.Site](c, c.args.int("id_site")); err != nil || !ok {
			return []store.Object{}, err
		}
		q.Site = c.args.int("id_site")
	}
	services, err := a.store.Services(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), a.store, mode(c.args.bool("list")), services...)
	if err != nil {
		return nil, err
	}
	return objects, c.hideOtherTenants(objects)
}
