package server_test

import (
	"strings"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

const configsPath = "/api/user/services/configs"

func config(o fields) fields { return fields{"service_config": o} }

// The test data has three: 1 of user 1 for service 1, 2 of participant 1 for service 6 with two machines, 3 of device 1 for
// service 6. Services 1 and 6 have configurations that can be edited.
func TestReadServiceConfigs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		secret := fields{"id_service_config": 0, "id_service": 3, "id_participant": 4, "service_config_config": fields{"a": 1}}
		who.try(t, s, attempt{name: "in another site", as: "admin", path: configsPath, body: config(secret), want: 200})
		for _, tt := range []struct {
			as, query string
			want      int
		}{
			{"admin", "", 1}, {"siteadmin", "", 0},
			{"admin", "?id_service=6", 2}, {"admin", "?service_key=VideoRehabService", 2}, {"admin", "?id_service=999", 0},
			{"admin", "?id_service=3", 1}, {"siteadmin", "?id_service=3", 0}, {"siteadmin", "?id_service=6", 2}, {"user4", "?id_service=6", 0},
			{"admin", "?id_participant=4", 0}, // the service has no configuration to edit
			{"admin", "?id_participant=4&id_service=3", 1}, {"siteadmin", "?id_participant=4&id_service=3", 0},
			{"user", "?id_participant=1", 1}, {"user4", "?id_participant=1", 0}, {"user", "?id_device=1", 1}, {"user", "?id_user=1", 0},
			{"user", "?id_user=1&id_service=1", 0}, {"user4", "?id_service=6&with_empty=1", 0},
			{"admin", "?with_empty=1", 2}, {"admin", "?id_service=1&with_empty=1", 2}, {"admin", "?id_user=2&id_service=1&with_empty=1", 2},
			{"siteadmin", "?id_participant=4&with_empty=1", 0},
		} {
			if got := len(who.try(t, s, attempt{name: tt.query, as: tt.as, path: configsPath + tt.query, want: 200}).List()); got != tt.want {
				t.Errorf("%s as %s: got %d, want %d", tt.query, tt.as, got, tt.want)
			}
		}
		who.refused(t, s, func() string { return "" }, []attempt{
			{name: "two targets", as: "admin", path: configsPath + "?id_user=1&id_participant=1", want: 400},
			{name: "two others", as: "admin", path: configsPath + "?id_device=1&id_participant=1", want: 400},
			{name: "unknown key", as: "admin", path: configsPath + "?service_key=x", want: 400},
		})

		one := func(query string) fields {
			t.Helper()
			list := who.try(t, s, attempt{name: query, as: "admin", path: configsPath + query, want: 200}).List()
			if len(list) != 1 {
				t.Fatalf("%s: got %v, want one", query, list)
			}
			return list[0]
		}
		general := one("?id_participant=1")
		if c := general["service_config_config"].(fields); c["default_muted"] != false || general["service_config_specific_id"] != nil || general["id_user"] != nil {
			t.Errorf("general: got %v", general)
		}
		if _, has := general["id_device"]; has || general["service_config_name"] == nil || general["service_config_last_update_time"] == nil {
			t.Errorf("general: got %v", general)
		}
		first := one("?id_participant=1&id_specific=pc-001&list=1")
		if c := first["service_config_config"].(fields); c["default_muted"] != true || c["view_local"] != true || first["service_config_specific_id"] != "pc-001" {
			t.Errorf("pc-001: got %v, want the general configuration overlaid", first)
		}
		if list, _ := first["service_config_specifics"].([]any); len(list) != 2 || list[0] != "pc-001" {
			t.Errorf("machines: got %v", first["service_config_specifics"])
		}
		if o := one("?id_participant=1&id_specific=pc-xxx"); o["service_config_specific_id"] != nil {
			t.Errorf("unknown machine: got %v, want the general configuration", o)
		}
		for _, o := range who.try(t, s, attempt{name: "empty", as: "admin", path: configsPath + "?with_empty=1&list=1", want: 200}).List() {
			if o["id_service"] == 6.0 && (o["id_service_config"] != nil || o["service_config_name"] == nil || len(o["service_config_config"].(fields)) != 0) {
				t.Errorf("empty: got %v", o)
			}
		}
	})
}

func TestWriteServiceConfigs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		everything := func() string { return dump[store.ServiceConfig](t, s) + dump[store.ServiceConfigSpecific](t, s) }
		made := func(more fields) fields {
			o := fields{"id_service_config": 0, "id_service": 6, "id_participant": 3, "service_config_config": "{}"}
			for k, v := range more {
				o[k] = v
			}
			return config(o)
		}
		deep := strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)
		who.refused(t, s, everything, []attempt{
			{name: "no wrapper", as: "admin", path: configsPath, body: fields{}, want: 400},
			{name: "no id", as: "admin", path: configsPath, body: config(fields{"id_service": 6}), want: 400},
			{name: "no service", as: "admin", path: configsPath, body: made(fields{"id_service": nil}), want: 400, text: "Missing id_service"},
			{name: "no owner", as: "admin", path: configsPath, body: made(fields{"id_participant": 0}), want: 400, text: "Missing at least one id field"},
			{name: "two owners", as: "admin", path: configsPath, body: made(fields{"id_user": 1}), want: 400, text: "Can't combine"},
			{name: "unknown key", as: "admin", path: configsPath, body: made(fields{"service_key": "x"}), want: 400},
			{name: "owner that is text", as: "admin", path: configsPath, body: made(fields{"id_participant": "1"}), want: 400},
			{name: "text that is no JSON", as: "admin", path: configsPath, body: made(fields{"service_config_config": "{"}), want: 400, text: "Invalid config format"},
			{name: "key twice", as: "admin", path: configsPath, body: made(fields{"service_config_config": `{"a":1,"a":2}`}), want: 400},
			{name: "list", as: "admin", path: configsPath, body: made(fields{"service_config_config": []int{1}}), want: 400},
			{name: "number", as: "admin", path: configsPath, body: made(fields{"service_config_config": "3"}), want: 400},
			{name: "deep", as: "admin", path: configsPath, body: made(fields{"service_config_config": deep}), want: 400},
			{name: "large", as: "admin", path: configsPath, body: made(fields{"service_config_config": fields{"a": strings.Repeat("x", 300<<10)}}), want: 400},
			{name: "service out of reach", as: "siteadmin", path: configsPath, body: made(fields{"id_service": 4}), want: 403},
			{name: "unknown service", as: "admin", path: configsPath, body: made(fields{"id_service": 999}), want: 403},
			{name: "participant of others", as: "siteadmin", path: configsPath, body: made(fields{"id_participant": 4}), want: 403},
			{name: "participant as plain user", as: "user", path: configsPath, body: made(nil), want: 403},
			{name: "user above", as: "user3", path: configsPath, body: made(fields{"id_participant": 0, "id_user": 1}), want: 403},
			{name: "device as project administrator", as: "user3", path: configsPath, body: made(fields{"id_participant": 0, "id_device": 1}), want: 403},
			{name: "somebody else's", as: "user", path: configsPath, body: config(fields{"id_service_config": 2, "service_config_config": "{}"}), want: 403},
			{name: "somebody else's by one's own id", as: "user", path: configsPath, body: config(fields{"id_service_config": 1, "id_user": 3, "id_service": 6}), want: 403},
			{name: "the machine of somebody else", as: "user4", path: configsPath, body: config(fields{"id_service_config": 2, "service_config_config": "{}", "id_specific": "pc-001"}), want: 403},
			{name: "another owner", as: "admin", path: configsPath, body: config(fields{"id_service_config": 2, "id_participant": 4}), want: 400},
			{name: "another kind of owner", as: "admin", path: configsPath, body: config(fields{"id_service_config": 2, "id_user": 1}), want: 400},
			{name: "another service", as: "admin", path: configsPath, body: config(fields{"id_service_config": 2, "id_service": 3}), want: 400},
			{name: "unknown", as: "admin", path: configsPath, body: config(fields{"id_service_config": 999, "service_config_config": "{}"}), want: 403},
			{name: "unknown field", as: "admin", path: configsPath, body: config(fields{"id_service_config": 2, "x": 1}), want: 500},
			{name: "unknown field beside a machine", as: "admin", path: configsPath, body: config(fields{"id_service_config": 2, "x": 1, "id_specific": "pc-001", "service_config_config": "{}"}), want: 500},
			{name: "delete somebody else's", as: "user", path: configsPath + "?id=2", del: true, want: 403},
			{name: "delete an unknown one", as: "admin", path: configsPath + "?id=999", del: true, want: 403},
		})

		post := func(as string, body fields) fields {
			t.Helper()
			list := who.try(t, s, attempt{name: "post", as: as, path: configsPath, body: body, want: 200}).List()
			if len(list) != 1 {
				t.Fatalf("post: got %v, want one", list)
			}
			return list[0]
		}
		o := post("user3", made(fields{"id_user": 0, "service_key": "VideoRehabService", "service_config_config": `{"a": 1, "b": 1}`, "id_specific": "pc-1"}))
		if c := o["service_config_config"].(fields); c["a"] != 1.0 || o["service_config_specific_id"] != "pc-1" {
			t.Errorf("new with a machine: got %v", o)
		}
		id := o["id_service_config"]
		if c := servertest.Row[store.ServiceConfig](t, s, int(id.(float64))).Config; c != "{}" {
			t.Errorf("general configuration of one made for a machine: got %s, want {}", c)
		}
		o = post("user3", config(fields{"id_service_config": id, "id_service": 6, "id_participant": 3, "service_config_config": fields{"a": 2, "c": 2}}))
		if c := o["service_config_config"].(fields); c["a"] != 2.0 || c["b"] != nil || o["service_config_specific_id"] != nil {
			t.Errorf("general: got %v", o)
		}
		o = post("user3", config(fields{"id_service_config": id, "service_config_config": fields{"a": 3}, "id_specific": "pc-1"}))
		if c := o["service_config_config"].(fields); c["a"] != 3.0 || c["b"] != nil || c["c"] != 2.0 {
			t.Errorf("machine again: got %v, want its configuration replaced over the general one", o)
		}
		if n := servertest.Count[store.ServiceConfigSpecific](t, s, store.Columns{"id_service_config": int(id.(float64))}); n != 1 {
			t.Errorf("machines: got %d, want 1", n)
		}
		own := post("user", made(fields{"id_participant": 0, "id_user": 3}))
		post("user", config(fields{"id_service_config": own["id_service_config"], "service_config_config": fields{"mine": true}}))
		who.try(t, s, attempt{name: "delete one's own", as: "user", path: servertest.Query(configsPath, "id", jsonText(own["id_service_config"])), del: true, want: 200, text: `""`})
		who.try(t, s, attempt{name: "delete", as: "user3", path: servertest.Query(configsPath, "id", jsonText(id)), del: true, want: 200, text: `""`})
		if n := servertest.Count[store.ServiceConfigSpecific](t, s, store.Columns{"id_service_config": int(id.(float64))}); n != 0 {
			t.Errorf("machines of the deleted configuration: got %d, want none", n)
		}
	})
}

// A JSON Schema in the default configuration of a service is what its configurations must satisfy.
func TestServiceConfigSchema(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		schema := fields{
			"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": []string{"volume"},
			"properties": fields{"volume": fields{"$ref": "#/$defs/percent"}, "name": fields{"type": "string", "pattern": "^[a-z]+$"}},
			"$defs":      fields{"percent": fields{"type": "integer", "minimum": 0, "maximum": 100}},
		}
		for name, text := range map[string]any{"the default configuration": schema, "the key schema": fields{"schema": schema, "volume": 50}} {
			who.try(t, s, attempt{name: name, as: "admin", path: "/api/user/services", body: fields{"service": fields{"id_service": 6, "service_default_config": text}}, want: 200})
			made := func(c any, more fields) fields {
				o := fields{"id_service_config": 0, "id_service": 6, "id_device": 2, "service_config_config": c}
				for k, v := range more {
					o[k] = v
				}
				return config(o)
			}
			who.refused(t, s, func() string { return dump[store.ServiceConfig](t, s) + dump[store.ServiceConfigSpecific](t, s) }, []attempt{
				{name: name + ": missing", as: "admin", path: configsPath, body: made(fields{}, nil), want: 400, text: "volume"},
				{name: name + ": too loud", as: "admin", path: configsPath, body: made(fields{"volume": 101}, nil), want: 400, text: "Invalid config format provided"},
				{name: name + ": text", as: "admin", path: configsPath, body: made(`{"volume": "50"}`, nil), want: 400},
				{name: name + ": pattern", as: "admin", path: configsPath, body: made(fields{"volume": 5, "name": "A"}, nil), want: 400},
				{name: name + ": machine of a new one", as: "admin", path: configsPath, body: made(fields{"name": "a"}, fields{"id_specific": "pc"}), want: 400},
				{name: name + ": update", as: "admin", path: configsPath, body: config(fields{"id_service_config": 3, "service_config_config": fields{"volume": -1}}), want: 400},
			})
			o := who.try(t, s, attempt{name: name, as: "admin", path: configsPath, body: made(fields{"volume": 50}, nil), want: 200}).List()[0]
			// On a machine, what counts is the configuration as a whole.
			machine := fields{"id_service_config": o["id_service_config"], "id_specific": "pc", "service_config_config": fields{"name": "a"}}
			who.try(t, s, attempt{name: name + ": machine", as: "admin", path: configsPath, body: config(machine), want: 200})
			machine["service_config_config"] = fields{"name": 7}
			who.try(t, s, attempt{name: name + ": machine", as: "admin", path: configsPath, body: config(machine), want: 400})
			who.try(t, s, attempt{name: name + ": delete", as: "admin", path: servertest.Query(configsPath, "id", jsonText(o["id_service_config"])), del: true, want: 200})
		}
		plain := fields{"volume": 50, "schema": fields{"type": "string"}} // no $schema: no schema
		who.try(t, s, attempt{name: "plain", as: "admin", path: "/api/user/services", body: fields{"service": fields{"id_service": 6, "service_default_config": plain}}, want: 200})
		who.try(t, s, attempt{name: "no schema", as: "admin", path: configsPath, body: config(fields{"id_service_config": 3, "service_config_config": fields{"volume": "loud"}}), want: 200})
		// What OpenTera stored may be anything.
		servertest.Change[store.Service](t, s, 6, store.Object{"service_default_config": `{"$schema": "http://json-schema.org/draft-07/schema#", "type": 7}`})
		who.try(t, s, attempt{name: "broken schema", as: "admin", path: configsPath, body: config(fields{"id_service_config": 3, "service_config_config": fields{"volume": 1}}), want: 200})
	})
}
