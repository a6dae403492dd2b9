package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestDisconnect(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s, who := servertest.Start(t, db), accounts{}
		const path, own, rehab = "/api/user/disconnect", "/api/service/disconnect", "VideoRehabService"
		self := servertest.Row[store.User](t, s, 2).UUID
		device := servertest.Row[store.Device](t, s, 1)
		socket := s.Connect(t, "device", s.Device(t, 1))
		for _, tt := range []attempt{
			{name: "nobody", as: "siteadmin", path: path, want: 400},
			{name: "user zero", as: "siteadmin", path: path + "?id_user=0", want: 400},
			{name: "oneself", as: "siteadmin", path: path + "?id_user=2", want: 400, text: "Use Logout"},
			{name: "oneself by uuid", as: "siteadmin", path: servertest.Query(path, "user_uuid", self), want: 400},
			{name: "super-administrator", as: "siteadmin", path: path + "?id_user=1", want: 403},
			{name: "unknown user", as: "admin", path: path + "?user_uuid=x", want: 403},
			{name: "participant as plain user", as: "user", path: path + "?id_participant=1", want: 403},
			{name: "participant of others", as: "siteadmin", path: path + "?id_participant=4", want: 403},
			{name: "device as project administrator", as: "user3", path: path + "?id_device=1", want: 403},
			{name: "device of nobody", as: "siteadmin", path: path + "?id_device=3", want: 403},
			{name: "huge id", as: "admin", path: path + "?id_device=99999999999", want: 403},
			{name: "participant", as: "user3", path: path + "?id_participant=1", want: 200},
			{name: "service: nobody", as: rehab, path: own, want: 400},
			{name: "service: participant of others", as: rehab, path: own + "?id_participant=4", want: 403},
			{name: "service: device of nobody", as: rehab, path: own + "?id_device=3", want: 403},
			{name: "service: user without project", as: rehab, path: own + "?id_user=6", want: 403},
			{name: "service: user", as: rehab, path: own + "?id_user=3", want: 200},
		} {
			who.try(t, s, tt)
		}
		if got := s.Online(t, "device"); len(got) != 1 {
			t.Errorf("online devices after the refusals: got %v, want one", got)
		}
		who.try(t, s, attempt{name: "device", as: "siteadmin", path: servertest.Query(path, "device_uuid", device.UUID), want: 200})
		if code, _ := socket.CloseCode(t); code != 4000 {
			t.Errorf("closed with %d, want 4000", code)
		}
	})
}
