package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestAssetsOfUserAPI(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		addForeignData(t, s)
		server, keeper := servertest.Row[store.Service](t, s, 1), servertest.Row[store.Service](t, s, 3)
		servertest.Change[store.Asset](t, s, 2, store.Object{"asset_service_uuid": keeper.UUID})
		uuid2 := servertest.Row[store.Asset](t, s, 2).UUID
		auth := map[string]servertest.Auth{}
		for _, u := range []string{"admin", "siteadmin", "user4"} {
			auth[u] = s.User(t, u)
		}
		for _, tt := range []struct {
			as, query   string
			status, len int
		}{
			{"admin", "", 400, 0},
			{"admin", "full=1", 400, 0}, // a flag alone chooses nothing
			{"admin", "id_asset=0", 400, 0},
			{"admin", "id_asset=x", 400, 0},
			{"admin", "id_asset=999", 200, 0},
			{"admin", "asset_uuid=nobody", 200, 0},
			{"admin", "id_asset=1", 200, 1},
			{"admin", "service_uuid=nobody", 200, 0},
			{"siteadmin", "id_asset=1", 200, 0}, // kept by the server itself
			{"siteadmin", "id_asset=2", 200, 1},
			{"siteadmin", "asset_uuid=" + uuid2, 200, 1},
			{"siteadmin", "id_session=2", 200, 3},
			{"siteadmin", "id_session=999", 403, 0},
			{"siteadmin", "id_participant=1", 200, 7},
			{"siteadmin", "id_participant=4", 403, 0},
			{"siteadmin", "id_user=2", 200, 3},
			{"siteadmin", "id_user=6", 403, 0},
			{"siteadmin", "id_device=1", 200, 4},
			{"siteadmin", "id_device=3", 403, 0},
			{"siteadmin", "id_creator_user=2", 200, 1},
			{"siteadmin", "id_creator_user=1", 403, 0},
			{"siteadmin", "id_creator_participant=1", 200, 1},
			{"siteadmin", "id_creator_participant=4", 403, 0},
			{"siteadmin", "id_creator_device=1", 200, 4},
			{"siteadmin", "id_creator_service=3", 200, 0}, // the other tenant's are not shown
			{"siteadmin", "id_creator_service=5", 403, 0},
			{"siteadmin", "service_uuid=" + keeper.UUID, 200, 1},
			{"admin", "service_uuid=" + keeper.UUID, 200, 2},
			{"admin", "service_uuid=" + server.UUID, 200, 6},
			{"siteadmin", "service_uuid=" + server.UUID, 200, 2}, // not what a service made that is not theirs
			{"user4", "id_asset=2", 200, 0},
			{"user4", "id_session=2", 403, 0},
			{"user4", "service_uuid=" + keeper.UUID, 200, 0},
		} {
			a := s.Get(t, "/api/user/assets?"+tt.query, auth[tt.as])
			if a.Status != tt.status || len(a.List()) != tt.len {
				t.Errorf("%s as %s: got %d with %d, want %d with %d: %.200s", tt.query, tt.as, a.Status, len(a.List()), tt.status, tt.len, a.Text)
			}
			if tt.as != "admin" && named(a.List(), "asset_name", "foreign") {
				t.Errorf("%s as %s: shows the other tenant's asset", tt.query, tt.as)
			}
		}
		if o := s.Get(t, "/api/user/assets?id_asset=2", auth["admin"]).List()[0]; o["asset_session_name"] != nil || o["access_token"] != nil {
			t.Errorf("without full: got %v", o)
		}
		if o := s.Get(t, "/api/user/assets?id_asset=2&full=1", auth["admin"]).List()[0]; o["asset_session_name"] != "Séance #2" || o["asset_service_owner_name"] != keeper.Name {
			t.Errorf("full: got %v", o)
		}
		for _, a := range []servertest.Answer{s.Post(t, "/api/user/assets", map[string]any{}, auth["admin"]), s.Delete(t, "/api/user/assets?id=1", auth["admin"])} {
			if a.Status != 501 {
				t.Errorf("write: got %d, want 501", a.Status)
			}
		}
	})
}

// TestAssetTokens: what with_urls and with_only_token give in the four APIs (core.md 3.2, 4.2).
func TestAssetTokens(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	keeper := servertest.Row[store.Service](t, s, 3)
	servertest.Change[store.Asset](t, s, 1, store.Object{"asset_service_uuid": keeper.UUID, "id_device": 1})
	uuid := servertest.Row[store.Asset](t, s, 1).UUID
	key, err := s.Bus.Get(t.Context(), "ServiceTokenAPIKey")
	if err != nil {
		t.Fatal(err)
	}
	login := s.Get(t, "/api/participant/login", servertest.Basic("participant1", "opentera")).Object()
	for _, tt := range []struct {
		api, requester string
		auth           servertest.Auth
	}{
		{"user", servertest.Row[store.User](t, s, 1).UUID, s.User(t, "admin")},
		{"participant", servertest.Row[store.Participant](t, s, 1).UUID, servertest.Token(login["participant_token"].(string))},
		{"device", servertest.Row[store.Device](t, s, 1).UUID, s.Device(t, 1)},
		{"service", servertest.Row[store.Service](t, s, 6).UUID, s.Service(t, "VideoRehabService")},
	} {
		path := "/api/" + tt.api + "/assets?id_asset=1"
		o := first(t, s.Get(t, path+"&with_urls=1", tt.auth, servertest.Header("X_EXTERNALSERVER", "tera.example.org"), servertest.Header("X-EXTERNALPORT", "8443")))
		if o["asset_url"] != "https://tera.example.org:8443/file/api/assets" || o["asset_infos_url"] != "https://tera.example.org:8443/file/api/assets/infos" {
			t.Errorf("%s: URLs %v, %v", tt.api, o["asset_url"], o["asset_infos_url"])
		}
		tok, _ := o["access_token"].(string)
		c := claims(tok)
		if c["asset_uuids"] != uuid || c["requester_uuid"] != tt.requester || c["iss"] != "TeraServer" || c["jti"] != nil || !signed(tok, key) {
			t.Errorf("%s: access token of %v, signed %v", tt.api, c, signed(tok, key))
		}
		iat, _ := c["iat"].(float64)
		exp, _ := c["exp"].(float64)
		if exp-iat != 1800 || time.Since(time.Unix(int64(iat), 0)) > time.Minute {
			t.Errorf("%s: token from %v to %v, want 1800 s from now", tt.api, iat, exp)
		}
		if o := first(t, s.Get(t, path+"&with_only_token=1", tt.auth)); len(o) != 2 || o["asset_uuid"] != uuid || o["access_token"] == nil {
			t.Errorf("%s: with_only_token gives %v", tt.api, o)
		}
		if o := first(t, s.Get(t, path+"&with_urls=false", tt.auth)); o["access_token"] != nil || o["asset_name"] == nil {
			t.Errorf("%s: without anything: got %v", tt.api, o)
		}
	}
	limited := servertest.Token(s.ParticipantToken(t, 1))
	if o := first(t, s.Get(t, "/api/participant/assets?id_asset=1&with_urls=1&with_only_token=1", limited)); o["access_token"] != nil || o["asset_url"] != nil || o["asset_name"] == nil {
		t.Errorf("limited access: got %v, want no token", o)
	}
	if a := s.Get(t, "/api/participant/assets", limited); a.Status != 403 {
		t.Errorf("all with limited access: got %d, want 403", a.Status)
	}
	servertest.Change[store.Service](t, s, 3, store.Object{"service_enabled": false})
	if o := first(t, s.Get(t, "/api/user/assets?id_asset=1&with_urls=1", s.User(t, "admin"))); o["asset_url"] != nil || o["asset_infos_url"] != nil || o["access_token"] == nil {
		t.Errorf("service disabled: got %v, want null URLs", o)
	}
}

func first(t *testing.T, a servertest.Answer) map[string]any {
	t.Helper()
	if a.Status != 200 || len(a.List()) != 1 {
		t.Fatalf("got %d %s, want a list of one", a.Status, a.Text)
	}
	return a.List()[0]
}

func TestOwnAssets(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		f := addForeignData(t, s)
		login := s.Get(t, "/api/participant/login", servertest.Basic("participant1", "opentera")).Object()
		participant, device := servertest.Token(login["participant_token"].(string)), s.Device(t, 1)
		for _, tt := range []struct {
			api, query  string
			auth        servertest.Auth
			status, len int
		}{
			{"participant", "", participant, 200, 1},
			{"participant", "id_asset=1", participant, 200, 1},
			{"participant", "id_asset=2", participant, 200, 0},
			{"participant", fmt.Sprintf("id_asset=%d", f.asset), participant, 200, 0},
			{"participant", "asset_uuid=x", participant, 200, 0},
			{"participant", "id_session=17", participant, 200, 0}, // created, without assets
			{"participant", "id_session=2", participant, 200, 1},
			{"participant", "id_session=5", participant, 403, 0}, // only a member
			{"participant", "id_session=999", participant, 403, 0},
			{"device", "", device, 200, 5}, // its own asset in a foreign session too
			{"device", "id_asset=1", device, 200, 0},
			{"device", "id_session=9", device, 200, 3},
			{"device", "id_session=17", device, 403, 0},
			{"device", fmt.Sprintf("id_session=%d", f.session), device, 403, 0},
		} {
			if a := s.Get(t, "/api/"+tt.api+"/assets?"+tt.query, tt.auth); a.Status != tt.status || len(a.List()) != tt.len {
				t.Errorf("%s?%s: got %d with %d, want %d with %d", tt.api, tt.query, a.Status, len(a.List()), tt.status, tt.len)
			}
		}
	})
}

func TestAssetsOfServiceAPI(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		f := addForeignData(t, s)
		rehab, file := s.Service(t, "VideoRehabService"), s.Service(t, "FileTransferService")
		keeper := servertest.Row[store.Service](t, s, 3).UUID
		for _, tt := range []struct {
			query       string
			auth        servertest.Auth
			status, len int
		}{
			{"", rehab, 400, 0},
			{"with_urls=1", rehab, 400, 0},
			{"id_asset=999", rehab, 200, 0},
			{"id_asset=1", rehab, 200, 1},
			{"id_participant=4", rehab, 403, 0},
			{"id_user=6", rehab, 403, 0},
			{"id_device=3", rehab, 403, 0},
			{fmt.Sprintf("id_session=%d", f.session), rehab, 403, 0},
			{fmt.Sprintf("id_asset=%d", f.asset), rehab, 200, 0},
			// core.md 13.2, 27: upstream shows every tenant's
			{"id_creator_service=3", rehab, 200, 0},
			{"service_uuid=" + keeper, rehab, 200, 0},
			{"service_uuid=nobody", rehab, 200, 0},
			{"id_creator_user=1", rehab, 200, 0},
			{"id_creator_service=1", rehab, 200, 4},
			{"id_creator_service=3", file, 200, 1},
			{"service_uuid=" + keeper, file, 200, 1},
			{"id_participant=4", file, 200, 1},
		} {
			a := s.Get(t, "/api/service/assets?"+tt.query, tt.auth)
			if a.Status != tt.status || len(a.List()) != tt.len {
				t.Errorf("%s: got %d with %d, want %d with %d", tt.query, a.Status, len(a.List()), tt.status, tt.len)
			}
		}
		for _, query := range []string{"id_device=1", "id_user=1"} {
			if named(s.Get(t, "/api/service/assets?"+query, rehab).List(), "asset_name", "foreign") {
				t.Errorf("%s: shows the other tenant's asset", query)
			}
		}
	})
}

func TestAssetsPostedByServices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db)
		f := addForeignData(t, s)
		rehab := s.Service(t, "VideoRehabService")
		post := func(o map[string]any) servertest.Answer {
			return s.Post(t, "/api/service/assets", map[string]any{"asset": o}, rehab)
		}
		own := servertest.Row[store.Service](t, s, 6).UUID
		p1, u3, d1 := servertest.Row[store.Participant](t, s, 1), servertest.Row[store.User](t, s, 3), servertest.Row[store.Device](t, s, 1)
		a := post(map[string]any{"id_asset": 0, "id_session": 2, "asset_name": "new", "asset_type": "text/plain", "asset_datetime": "2024-05-01T10:00:00.5-04:00",
			"participant_uuid": p1.UUID, "user_uuid": u3.UUID, "device_uuid": d1.UUID, "id_service": 3, "asset_service_uuid": "stolen", "asset_uuid": "mine", "no_such_key": 1})
		o := first(t, a)
		if o["id_participant"] != 1.0 || o["id_user"] != 3.0 || o["id_device"] != 1.0 || o["id_service"] != 3.0 || o["asset_service_uuid"] != own ||
			len(o["asset_uuid"].(string)) != 36 || o["asset_session_name"] != "Séance #2" {
			t.Errorf("create: got %v", o)
		}
		id, uuid := o["id_asset"], o["asset_uuid"].(string)
		o = first(t, post(map[string]any{"id_asset": id, "asset_name": "renamed", "asset_service_uuid": "stolen", "asset_uuid": "other", "id_user": 0}))
		if o["asset_name"] != "renamed" || o["asset_service_uuid"] != own || o["asset_uuid"] != uuid || o["id_user"] != nil || o["id_participant"] != 1.0 {
			t.Errorf("update: got %v", o)
		}
		o = first(t, post(map[string]any{"id_asset": 2, "asset_name": "x", "id_user": 2})) // refers to what it did
		if o["asset_service_uuid"] == own {
			t.Error("an update makes another service's asset one's own")
		}

		state := storetest.State(t, db)
		before := state()
		base := map[string]any{"id_asset": 0, "id_session": 2, "asset_name": "x", "asset_type": "text/plain"}
		for name, tt := range map[string]struct {
			change map[string]any
			want   int
		}{
			"no id":                        {map[string]any{"id_asset": nil}, 400},
			"no session":                   {map[string]any{"id_session": absent}, 400},
			"no type":                      {map[string]any{"asset_type": absent}, 400},
			"empty type":                   {map[string]any{"asset_type": ""}, 400},
			"no name":                      {map[string]any{"asset_name": absent}, 400},
			"name that is a number":        {map[string]any{"asset_name": 5}, 400},
			"bad date":                     {map[string]any{"asset_datetime": "soon"}, 400},
			"session of others":            {map[string]any{"id_session": f.session}, 403},
			"unknown session":              {map[string]any{"id_session": 999}, 403},
			"unknown asset":                {map[string]any{"id_asset": 999}, 403},
			"asset of others":              {map[string]any{"id_asset": f.asset}, 403},
			"asset of others, by the way":  {map[string]any{"id_asset": f.asset, "id_session": absent}, 403},
			"own asset into another's":     {map[string]any{"id_asset": id, "id_session": f.session}, 403},
			"participant of others":        {map[string]any{"id_participant": 4}, 403},
			"participant of others, later": {map[string]any{"id_asset": id, "id_participant": 4}, 403},
			"unknown participant":          {map[string]any{"id_participant": 999}, 403},
			"participant uuid of others":   {map[string]any{"participant_uuid": servertest.Row[store.Participant](t, s, 4).UUID}, 403},
			"unknown participant uuid":     {map[string]any{"participant_uuid": "x"}, 400},
			"unknown user uuid":            {map[string]any{"user_uuid": "x"}, 400},
			"unknown device uuid":          {map[string]any{"device_uuid": "x"}, 400},
			"uuid that is a number":        {map[string]any{"device_uuid": 7}, 400},
			"user of others":               {map[string]any{"id_user": 6}, 403},
			"device of others":             {map[string]any{"id_device": 3}, 403},
			"service of others":            {map[string]any{"id_service": 7}, 403},
			"unknown service":              {map[string]any{"id_service": 999}, 403},
			"unknown key of an update":     {map[string]any{"id_asset": id, "no_such_key": 1}, 500},
		} {
			o := map[string]any{}
			for k, v := range base {
				o[k] = v
			}
			for k, v := range tt.change {
				o[k] = v
				if v == absent {
					delete(o, k)
				}
			}
			if a := post(o); a.Status != tt.want {
				t.Errorf("%s: got %d %s, want %d", name, a.Status, a.Text, tt.want)
			}
		}
		for query, want := range map[string]int{
			"": 400, "?uuid=nobody": 400, "?uuid=" + servertest.Row[store.Asset](t, s, f.asset).UUID: 403,
		} {
			if a := s.Delete(t, "/api/service/assets"+query, rehab); a.Status != want {
				t.Errorf("delete %s: got %d %s, want %d", query, a.Status, a.Text, want)
			}
		}
		if after := state(); after != before {
			t.Errorf("what was refused changed something:\n%s\n%s", before, after)
		}
		if a := s.Delete(t, "/api/service/assets?uuid="+uuid, rehab); a.Status != 200 || strings.TrimSpace(a.Text) != `""` {
			t.Errorf("delete: got %d %s", a.Status, a.Text)
		}
		if a := s.Delete(t, "/api/service/assets?uuid="+uuid, rehab); a.Status != 400 {
			t.Errorf("delete again: got %d, want 400", a.Status)
		}
	})
}

// absent, as a value of a change, takes the key away.
const absent = "\x00absent"
