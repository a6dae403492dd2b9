package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// Devices of the test data: 1 is in sites 1 and 2 and in projects 1 and 3, 2 in site 1 and project 1, 3 nowhere.
func TestWriteDevices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		const path = "/api/user/devices"
		device := func(o fields) fields { return fields{"device": o} }
		made := func(more fields) fields {
			o := fields{"id_device": 0, "device_name": "New", "id_device_type": 1}
			for k, v := range more {
				o[k] = v
			}
			return device(o)
		}
		everything := func() string {
			return dump[store.Device](t, s) + dump[store.DeviceSite](t, s) + dump[store.DeviceProject](t, s) + dump[store.DeviceParticipant](t, s)
		}
		who.refused(t, s, everything, []attempt{
			{name: "no wrapper", as: "admin", path: path, body: fields{}, want: 400},
			{name: "no id", as: "admin", path: path, body: device(fields{"device_name": "x"}), want: 400},
			{name: "no type", as: "admin", path: path, body: device(fields{"id_device": 0, "device_name": "x"}), want: 500, text: "Database error"},
			{name: "no name", as: "admin", path: path, body: device(fields{"id_device": 0, "id_device_type": 1}), want: 500, text: "Database error"},
			{name: "unknown type", as: "admin", path: path, body: made(fields{"id_device_type": 999}), want: 500},
			{name: "unknown subtype", as: "admin", path: path, body: made(fields{"id_device_subtype": 999}), want: 500},
			{name: "type that is a list", as: "admin", path: path, body: made(fields{"id_device_type": []int{1}}), want: 400},
			{name: "nowhere", as: "siteadmin", path: path, body: made(nil), want: 403},
			{name: "nowhere, with empty lists", as: "user4", path: path, body: made(fields{"device_sites": []int{}, "device_projects": []int{}}), want: 403},
			{name: "nowhere, with null lists", as: "siteadmin", path: path, body: made(fields{"device_sites": nil}), want: 403},
			{name: "in another site", as: "siteadmin", path: path, body: made(fields{"device_sites": links("id_site", []int{1, 2})}), want: 403},
			{name: "in another site's project", as: "siteadmin", path: path, body: made(fields{"device_projects": links("id_project", []int{1, 3})}), want: 403},
			{name: "in an unknown project", as: "admin", path: path, body: made(fields{"device_projects": links("id_project", []int{999})}), want: 403},
			{name: "in an unknown site", as: "admin", path: path, body: made(fields{"device_sites": links("id_site", []int{999})}), want: 403},
			{name: "in one's project, as its administrator", as: "user3", path: path, body: made(fields{"device_projects": links("id_project", []int{1})}), want: 403},
			{name: "lists that are none", as: "admin", path: path, body: made(fields{"device_sites": 1}), want: 400},
			{name: "lists of something else", as: "admin", path: path, body: made(fields{"device_projects": links("id_site", []int{1})}), want: 400},
			{name: "a device that is nowhere", as: "siteadmin", path: path, body: device(fields{"id_device": 3, "device_notes": "x"}), want: 403},
			{name: "a device as project administrator", as: "user3", path: path, body: device(fields{"id_device": 2, "device_notes": "x"}), want: 403},
			{name: "an unknown device", as: "admin", path: path, body: device(fields{"id_device": 999, "device_notes": "x"}), want: 403},
			{name: "giving it to another site", as: "siteadmin", path: path, body: device(fields{"id_device": 2, "device_name": "x", "device_sites": links("id_site", []int{2})}), want: 403},
			{name: "off a project where a participant has it", as: "siteadmin", path: path, body: device(fields{"id_device": 2, "device_name": "x", "device_projects": []int{}}), want: 500, text: "Can't delete device from project"},
			{name: "unknown field", as: "siteadmin", path: path, body: device(fields{"id_device": 2, "x": 1}), want: 500},
			{name: "delete without id", as: "admin", path: path, del: true, want: 400},
			{name: "delete an unknown one", as: "admin", path: path + "?id=999", del: true, want: 400},
			{name: "delete one in use", as: "admin", path: path + "?id=1", del: true, want: 500, text: "delete all participants association"},
			{name: "delete as plain user", as: "user", path: path + "?id=2", del: true, want: 403},
			{name: "delete as nobody", as: "user4", path: path + "?id=2", del: true, want: 403},
			{name: "delete one that is nowhere", as: "user3", path: path + "?id=3", del: true, want: 403},
			{name: "delete one that is nowhere", as: "siteadmin", path: path + "?id=3", del: true, want: 403},
		})

		create := func(as string, more fields) int {
			t.Helper()
			list := who.try(t, s, attempt{name: "create", as: as, path: path, body: made(more), want: 200}).List()
			if len(list) != 1 || list[0]["device_token"] == nil || list[0]["device_token"] == "mine" {
				t.Fatalf("create: got %v, want a device with a token of the server's", list)
			}
			return int(list[0]["id_device"].(float64))
		}
		in := func(id int) (sites, projects int) {
			return servertest.Count[store.DeviceSite](t, s, store.Columns{"id_device": id}), servertest.Count[store.DeviceProject](t, s, store.Columns{"id_device": id})
		}
		expect := func(what string, id, sites, projects int) {
			t.Helper()
			if n, m := in(id); n != sites || m != projects {
				t.Errorf("%s: got %d sites and %d projects, want %d and %d", what, n, m, sites, projects)
			}
		}
		del := func(as string, id, want int) {
			t.Helper()
			who.try(t, s, attempt{name: "delete", as: as, path: servertest.Query(path, "id", jsonText(id)), del: true, want: want})
		}

		create("admin", fields{"device_token": "mine"})
		lone := create("siteadmin", fields{"device_sites": links("id_site", []int{1})})
		expect("in a site", lone, 1, 0)
		o := who.try(t, s, attempt{name: "limited update", as: "siteadmin", path: path, body: device(fields{"id_device": lone, "device_name": "other", "device_notes": "noted", "device_enabled": true}), want: 200}).List()[0]
		if o["device_name"] != "New" || o["device_notes"] != "noted" || o["device_enabled"] != false {
			t.Errorf("update of a device without project: got %v, want the notes alone changed", o)
		}
		del("user3", lone, 403)
		del("siteadmin", lone, 200)

		own := create("siteadmin", fields{"device_projects": links("id_project", []int{1})})
		expect("in a project", own, 1, 1) // and so in its site
		token := servertest.Row[store.Device](t, s, own).Token
		o = who.try(t, s, attempt{name: "full update", as: "siteadmin", path: path, body: device(fields{"id_device": own, "device_name": "other", "device_token": "mine", "device_uuid": "mine"}), want: 200}).List()[0]
		if o["device_name"] != "other" || o["device_token"] != *token || o["device_uuid"] == "mine" {
			t.Errorf("update: got %v, want the name changed, the token and the uuid not", o)
		}
		del("user3", own, 200)

		shared := create("admin", fields{"device_projects": links("id_project", []int{1, 2, 3})})
		expect("in three projects", shared, 2, 3)
		who.try(t, s, attempt{name: "off one's own projects but one", as: "siteadmin", path: path, body: device(fields{"id_device": shared, "device_projects": links("id_project", []int{2})}), want: 200})
		expect("after the lists of a site administrator", shared, 2, 2)
		who.try(t, s, attempt{name: "off one's own sites", as: "siteadmin", path: path, body: device(fields{"id_device": shared, "device_sites": []int{}}), want: 200})
		expect("after the site was taken off", shared, 1, 1)

		abroad := create("admin", fields{"device_projects": links("id_project", []int{1}), "device_sites": links("id_site", []int{2})})
		del("siteadmin", abroad, 200)
		expect("deleted by the administrator of one of its sites", abroad, 2, 0)
		servertest.Row[store.Device](t, s, abroad)
		del("siteadmin", abroad, 403)
	})
}

// A device that is taken off a project loses what the project gave it (core.md 13.3, 41).
func TestDeviceOffProject(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		d := who.try(t, s, attempt{name: "create", as: "admin", path: "/api/user/devices", want: 200, body: fields{"device": fields{
			"id_device": 0, "device_name": "New", "id_device_type": 1, "device_enabled": true, "device_projects": links("id_project", []int{1}),
		}}}).List()[0]
		types := func() int {
			list, _ := s.Get(t, "/api/device/login", servertest.Token(d["device_token"].(string))).Object()["session_types_info"].([]any)
			return len(list)
		}
		if n := types(); n != 4 {
			t.Errorf("in the project: got %d session types, want 4", n)
		}
		who.try(t, s, attempt{name: "off the project", as: "admin", path: "/api/user/devices", body: fields{"device": fields{"id_device": d["id_device"], "device_projects": []int{}}}, want: 200})
		if n := types(); n != 0 {
			t.Errorf("off the project: got %d session types, want none", n)
		}
	})
}

func TestDevicesOfServices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		const path, rehab = "/api/service/devices", "VideoRehabService"
		device := func(id any, more fields) fields {
			o := fields{"id_device": id, "id_device_type": 1, "id_device_subtype": 0}
			for k, v := range more {
				o[k] = v
			}
			return fields{"device": o}
		}
		who.refused(t, s, func() string { return dump[store.Device](t, s) }, []attempt{
			{name: "no wrapper", as: rehab, path: path, body: fields{}, want: 400},
			{name: "no type", as: rehab, path: path, body: fields{"device": fields{"id_device": 1, "id_device_subtype": 0}}, want: 400},
			{name: "type zero", as: rehab, path: path, body: device(1, fields{"id_device_type": 0}), want: 403},
			{name: "negative type", as: rehab, path: path, body: device(1, fields{"id_device_type": -1}), want: 403},
			{name: "negative subtype", as: rehab, path: path, body: device(1, fields{"id_device_subtype": -1}), want: 403},
			{name: "type that is text", as: rehab, path: path, body: device(1, fields{"id_device_type": "1"}), want: 400},
			{name: "no name", as: rehab, path: path, body: device(0, nil), want: 400},
			{name: "unknown type", as: rehab, path: path, body: device(0, fields{"device_name": "x", "id_device_type": 999}), want: 500},
			{name: "unknown field", as: rehab, path: path, body: device(1, fields{"x": 1}), want: 400},
			{name: "device of no project", as: rehab, path: path, body: device(3, fields{"device_name": "x"}), want: 403},
			{name: "unknown device", as: rehab, path: path, body: device(999, fields{"device_name": "x"}), want: 403},
		})
		o := who.try(t, s, attempt{name: "create", as: rehab, path: path, body: device(0, fields{"device_name": "New", "device_enabled": false}), want: 200}).Object()
		if o["device_enabled"] != true || o["device_onlineable"] != true || o["id_device_subtype"] != nil || o["device_token"] == nil {
			t.Errorf("create: got %v", o)
		}
		o = who.try(t, s, attempt{name: "update", as: rehab, path: path, body: device(2, fields{"device_name": "Renamed", "device_token": "mine"}), want: 200}).Object()
		if o["device_name"] != "Renamed" || o["device_token"] == "mine" {
			t.Errorf("update: got %v", o)
		}
	})
}
