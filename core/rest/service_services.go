package rest

import (
	"net/http"
	"strconv"

	"github.com/gotera/gotera/core/store"
)

var serviceServicesIn = params{doc: "Describes one service, any of them.", list: []param{
	{name: "id_service", kind: integer, help: "ID of the service to query"},
	{name: "uuid_service", kind: text, help: "UUID of the service to query"},
	{name: "service_key", kind: text, help: "Key of the service to query"},
	{name: "with_base_url", kind: boolean, help: "Also include base external URL for that service"},
}}

func (a *API) getServiceServices(c *call) (any, error) {
	var q store.ServiceQuery
	switch { // upstream looks at all three, the last one wins
	case c.args.text("service_key") != "":
		q.Keys = []string{c.args.text("service_key")}
	case c.args.text("uuid_service") != "":
		q.UUIDs = []string{c.args.text("uuid_service")}
	case c.args.int("id_service") != 0:
		q.IDs = []int{c.args.int("id_service")}
	default:
		return nil, fail(http.StatusBadRequest, "Missing service key, id or uuid")
	}
	services, err := a.store.Services(c.ctx(), store.Everything(), q)
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), a.store, store.Min, services...)
	if err != nil || !c.args.bool("with_base_url") {
		return objects, err
	}
	for i, s := range services {
		host, port := s.Hostname, s.Port
		if host == "localhost" || host == "127.0.0.1" {
			host, port = c.external()
		}
		objects[i]["service_base_url"] = "https://" + host + ":" + strconv.Itoa(port) + s.ClientEndpoint
	}
	return objects, nil
}
