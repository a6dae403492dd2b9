package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestWriteServices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		const path = "/api/user/services"
		service := func(o fields) fields { return fields{"service": o} }
		made := func(more fields) fields {
			o := fields{
				"id_service": 0, "service_name": "New", "service_key": "New", "service_hostname": "h", "service_port": 1,
				"service_endpoint": "/", "service_clientendpoint": "/new",
			}
			for k, v := range more {
				o[k] = v
			}
			return service(o)
		}
		who.refused(t, s, func() string { return dump[store.Service](t, s) + dump[store.ServiceRole](t, s) }, []attempt{
			{name: "create", as: "siteadmin", path: path, body: made(nil), want: 403},
			{name: "update", as: "siteadmin", path: path, body: service(fields{"id_service": 5, "service_name": "x"}), want: 403},
			{name: "no wrapper", as: "admin", path: path, body: fields{}, want: 400},
			{name: "no id", as: "admin", path: path, body: service(fields{"service_key": "x"}), want: 400},
			{name: "no key", as: "admin", path: path, body: service(fields{"id_service": 0, "service_name": "x"}), want: 400, text: "Missing service_key"},
			{name: "no port", as: "admin", path: path, body: service(fields{"id_service": 0, "service_key": "x"}), want: 400},
			{name: "unknown", as: "admin", path: path, body: service(fields{"id_service": 999, "service_name": "x"}), want: 403},
			{name: "the server itself", as: "admin", path: path, body: service(fields{"id_service": 1, "service_name": "x"}), want: 403},
			{name: "key taken", as: "admin", path: path, body: made(fields{"service_key": "EmailService"}), want: 500},
			{name: "schema that is none", as: "admin", path: path, body: made(fields{"service_default_config": `{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": 7}`}), want: 400, text: "Invalid config json schema"},
			{name: "schema that refers to another", as: "admin", path: path, body: made(fields{"service_default_config": fields{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "file:///etc/passwd"}}), want: 400, text: "Invalid config json schema"},
			{name: "schema of an unknown dialect", as: "admin", path: path, body: made(fields{"service_default_config": fields{"schema": fields{"$schema": "http://127.0.0.1:1/x"}}}), want: 400, text: "Invalid config json schema"},
			{name: "configuration that is a list", as: "admin", path: path, body: made(fields{"service_default_config": []int{1}}), want: 400},
			{name: "roles that are none", as: "admin", path: path, body: made(fields{"roles": "x"}), want: 400},
			{name: "role of another service", as: "admin", path: path, body: service(fields{"id_service": 5, "roles": []any{fields{"id_service_role": 1, "service_role_name": "mine"}}}), want: 400},
			{name: "role without name", as: "admin", path: path, body: service(fields{"id_service": 5, "service_name": "x", "roles": []any{fields{"id_service_role": 0}}}), want: 400},
			{name: "delete", as: "siteadmin", path: path + "?id=5", del: true, want: 403},
			{name: "delete a system service", as: "admin", path: path + "?id=6", del: true, want: 403},
			{name: "delete an unknown one", as: "admin", path: path + "?id=999", del: true, want: 400},
		})

		o := who.try(t, s, attempt{name: "create", as: "admin", path: path, want: 200, body: made(fields{
			"service_uuid": "mine", "roles": []any{fields{"id_service_role": 0, "service_role_name": "one"}, fields{"id_service_role": 0, "service_role_name": "two"}},
		})}).List()[0]
		roles, _ := o["service_roles"].([]any)
		if len(roles) != 2 || o["service_uuid"] == "mine" || o["service_default_config"] != "{}" || o["service_enabled"] != false {
			t.Fatalf("create: got %v", o)
		}
		id, first := o["id_service"], roles[0].(map[string]any)["id_service_role"]
		o = who.try(t, s, attempt{name: "update", as: "admin", path: path, want: 200, body: service(fields{
			"id_service": id, "service_name": "Renamed", "roles": []any{fields{"id_service_role": first, "service_role_name": "uno"}, fields{"id_service_role": 0, "service_role_name": "three"}},
		})}).List()[0]
		names := map[any]bool{}
		for _, r := range o["service_roles"].([]any) {
			names[r.(map[string]any)["service_role_name"]] = true
		}
		if o["service_name"] != "Renamed" || len(names) != 2 || !names["uno"] || !names["three"] {
			t.Errorf("update: got %v, want the roles uno and three", o)
		}
		if list := who.try(t, s, attempt{name: "list=false", as: "admin", path: path + "?key=New&list=false", want: 200}).List(); len(list) != 1 || list[0]["service_roles"] == nil {
			t.Errorf("list=false: got %v, want the full object", list)
		}
		who.try(t, s, attempt{name: "delete", as: "admin", path: servertest.Query(path, "id", jsonText(id)), del: true, want: 200, text: `""`})
	})
}

func TestServiceRoles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		const path, own, rehab = "/api/user/services/roles", "/api/service/roles", "VideoRehabService"
		role := func(o fields) fields { return fields{"service_role": o} }
		abroad := who.try(t, s, attempt{name: "create with a site", as: "admin", path: path, want: 200, body: role(fields{"id_service_role": 0, "id_service": 3, "id_site": 2, "service_role_name": "secret"})}).Object()
		if abroad["site_name"] != "Top Secret Site" || abroad["service_name"] == nil {
			t.Errorf("create: got %v, want one full object", abroad)
		}
		for _, tt := range []struct {
			as, query string
			want      int
		}{
			{"admin", "", 23}, {"admin", "?globals=1", 12}, {"admin", "?id_service=1", 0}, {"admin", "?id_service=3", 3},
			{"user", "?id_service=3", 2}, {"user", "?id_service=2", 0}, {"user4", "", 0}, {"user", "?id_service=999", 0},
		} {
			if got := len(who.try(t, s, attempt{name: tt.query, as: tt.as, path: path + tt.query, want: 200}).List()); got != tt.want {
				t.Errorf("%s%s as %s: got %d, want %d", path, tt.query, tt.as, got, tt.want)
			}
		}
		if got := len(who.try(t, s, attempt{name: "own roles", as: rehab, path: own, want: 200}).List()); got != 2 {
			t.Errorf("roles of VideoRehabService: got %d, want 2", got)
		}
		who.refused(t, s, func() string { return dump[store.ServiceRole](t, s) }, []attempt{
			{name: "create", as: "siteadmin", path: path, body: role(fields{"id_service_role": 0, "id_service": 2, "service_role_name": "x"}), want: 403},
			{name: "no wrapper", as: "admin", path: path, body: fields{}, want: 400},
			{name: "no id", as: "admin", path: path, body: role(fields{}), want: 400},
			{name: "nothing else", as: "admin", path: path, body: role(fields{"id_service_role": 0}), want: 400, text: "Missing fields: ['id_service', 'service_role_name']"},
			{name: "unknown service", as: "admin", path: path, body: role(fields{"id_service_role": 0, "id_service": 999, "service_role_name": "x"}), want: 403},
			{name: "unknown site", as: "admin", path: path, body: role(fields{"id_service_role": 1, "id_site": 999}), want: 403},
			{name: "unknown role", as: "admin", path: path, body: role(fields{"id_service_role": 999, "service_role_name": "x"}), want: 400},
			{name: "delete", as: "siteadmin", path: path + "?id=1", del: true, want: 403},
			{name: "delete an unknown one", as: "admin", path: path + "?id=999", del: true, want: 400},
			{name: "taking another service's role", as: rehab, path: own, body: role(fields{"id_service_role": 13, "service_role_name": "x"}), want: 403},
			{name: "a role in another site", as: rehab, path: own, body: role(fields{"id_service_role": 0, "id_site": 2, "service_role_name": "x"}), want: 403},
			{name: "a role in another project", as: rehab, path: own, body: role(fields{"id_service_role": 0, "id_project": 3, "service_role_name": "x"}), want: 403},
			{name: "no name", as: rehab, path: own, body: role(fields{"id_service_role": 0}), want: 400},
			{name: "delete another service's role", as: rehab, path: own + "?id=13", del: true, want: 403},
			{name: "delete an unknown role", as: rehab, path: own + "?id=999", del: true, want: 403},
		})
		// A role named admin that a service makes for a site gives nothing (core.md 13.2, 30); its service is the service's own.
		o := who.try(t, s, attempt{name: "a role of one's own", as: rehab, path: own, want: 200, body: role(fields{"id_service_role": 0, "id_service": 1, "id_site": 1, "service_role_name": "admin"})}).Object()
		if o["id_service"] != 6.0 || o["id_site"] != 1.0 {
			t.Errorf("role of a service: got %v, want one of service 6", o)
		}
		who.try(t, s, attempt{name: "rename", as: rehab, path: own, want: 200, text: "boss", body: role(fields{"id_service_role": o["id_service_role"], "service_role_name": "boss"})})
		who.try(t, s, attempt{name: "delete", as: rehab, path: servertest.Query(own, "id", jsonText(o["id_service_role"])), del: true, want: 200, text: `""`})
		who.try(t, s, attempt{name: "delete", as: "admin", path: servertest.Query(path, "id", jsonText(abroad["id_service_role"])), del: true, want: 200, text: `""`})
	})
}
