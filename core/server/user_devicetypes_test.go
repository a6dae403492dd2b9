package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestDeviceTypesAndSubtypes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		const types, subtypes = "/api/user/devicetypes", "/api/user/devicesubtypes"
		for path, want := range map[string]int{
			types: 4, types + "?id_device_type=1": 1, types + "?device_type_key=robot": 1, types + "?id_device_type=0": 0,
			subtypes: 2, subtypes + "?id_device_subtype=1": 1, subtypes + "?id_device_type=4": 2, subtypes + "?id_device_type=1": 0,
		} {
			if got := len(who.try(t, s, attempt{name: path, as: "user4", path: path, want: 200}).List()); got != want {
				t.Errorf("%s: got %d, want %d", path, got, want)
			}
		}
		if o := who.try(t, s, attempt{name: "subtype", as: "user4", path: subtypes + "?id_device_subtype=1", want: 200}).List()[0]; o["device_subtype_parent"] != "Bureau Actif" {
			t.Errorf("subtype: got %v", o)
		}
		who.refused(t, s, func() string { return dump[store.DeviceType](t, s) + dump[store.DeviceSubtype](t, s) }, []attempt{
			{name: "unknown type", as: "admin", path: types + "?id_device_type=999", want: 403},
			{name: "unknown key", as: "admin", path: types + "?device_type_key=x", want: 403},
			{name: "unknown subtype", as: "admin", path: subtypes + "?id_device_subtype=999", want: 403},
			{name: "subtypes of an unknown type", as: "admin", path: subtypes + "?id_device_type=999", want: 403},
			{name: "two ids", as: "admin", path: subtypes + "?id_device_type=1&id_device_subtype=1", want: 400},
			{name: "create", as: "siteadmin", path: types, body: fields{"device_type": fields{"id_device_type": 0, "device_type_name": "x", "device_type_key": "x"}}, want: 403},
			{name: "update", as: "siteadmin", path: types, body: fields{"device_type": fields{"id_device_type": 1, "device_type_name": "x"}}, want: 403},
			{name: "null id", as: "admin", path: types, body: fields{"device_type": fields{"id_device_type": nil}}, want: 400},
			{name: "unknown", as: "admin", path: types, body: fields{"device_type": fields{"id_device_type": 999, "device_type_name": "x"}}, want: 400},
			{name: "key taken", as: "admin", path: types, body: fields{"device_type": fields{"id_device_type": 0, "device_type_name": "x", "device_type_key": "robot"}}, want: 500},
			{name: "delete", as: "siteadmin", path: types + "?id=4", del: true, want: 403},
			{name: "delete nothing", as: "admin", path: types, del: true, want: 400},
			{name: "delete two", as: "admin", path: types + "?id=4&device_type_key=robot", del: true, want: 400},
			{name: "delete an unknown one", as: "admin", path: types + "?device_type_key=x", del: true, want: 400},
			{name: "delete one in use", as: "admin", path: types + "?id=2", del: true, want: 500, text: "Can't delete device type"},
			{name: "create a subtype", as: "siteadmin", path: subtypes, body: fields{"device_subtype": fields{"id_device_subtype": 0, "id_device_type": 1, "device_subtype_name": "x"}}, want: 403},
			{name: "subtype of an unknown type", as: "admin", path: subtypes, body: fields{"device_subtype": fields{"id_device_subtype": 0, "id_device_type": 999, "device_subtype_name": "x"}}, want: 500},
			{name: "unknown subtype", as: "admin", path: subtypes, body: fields{"device_subtype": fields{"id_device_subtype": 999, "device_subtype_name": "x"}}, want: 400},
			{name: "delete a subtype", as: "siteadmin", path: subtypes + "?id=1", del: true, want: 403},
			{name: "delete an unknown subtype", as: "admin", path: subtypes + "?id=999", del: true, want: 400},
		})
		o := who.try(t, s, attempt{name: "create", as: "admin", path: types, body: fields{"device_type": fields{"id_device_type": 0, "device_type_name": "New", "device_type_key": "new"}}, want: 200}).List()[0]
		sub := who.try(t, s, attempt{name: "create a subtype", as: "admin", path: subtypes, body: fields{"device_subtype": fields{"id_device_subtype": 0, "id_device_type": o["id_device_type"], "device_subtype_name": "s"}}, want: 200}).List()[0]
		sub = who.try(t, s, attempt{name: "a subtype keeps its type", as: "admin", path: subtypes, body: fields{"device_subtype": fields{"id_device_subtype": sub["id_device_subtype"], "id_device_type": 1, "device_subtype_name": "t"}}, want: 200}).List()[0]
		if sub["id_device_type"] != o["id_device_type"] || sub["device_subtype_name"] != "t" {
			t.Errorf("subtype: got %v, want the name changed and the type kept", sub)
		}
		servertest.Change[store.Device](t, s, 2, store.Object{"id_device_subtype": sub["id_device_subtype"]})
		gone := attempt{name: "delete the subtype", as: "admin", path: servertest.Query(subtypes, "id", jsonText(sub["id_device_subtype"])), del: true, want: 500, text: "Can't delete device subtype"}
		who.try(t, s, gone)
		servertest.Change[store.Device](t, s, 2, store.Object{"id_device_subtype": nil})
		gone.want, gone.text = 200, "successfully deleted"
		who.try(t, s, gone)
		who.try(t, s, attempt{name: "delete by key", as: "admin", path: types + "?device_type_key=new", del: true, want: 200, text: "successfully deleted"})
	})
}
