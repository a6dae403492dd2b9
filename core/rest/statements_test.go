package rest_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/rest"
	"github.com/gotera/gotera/core/server"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/opentera"
)

// TestStatements: what a request asks of the database does not become more statements when there are more rows. Every
// GET is sent with each of its ids, alone and with all its flags, by every kind of caller that may, with some rows of
// everything and then with four times as many. The statements are the same on both engines; with the race
// detector this is the faster one.
func TestStatements(t *testing.T) {
	var c counter
	s := servertest.Start(t, storetest.Postgres(t), func(cfg *server.Config) { cfg.OnQuery = c.add })
	a := s.Get(t, "/api/participant/login", servertest.Basic("participant1", "opentera"))
	token, _ := a.Object()["participant_token"].(string)
	callers := map[string][]servertest.Auth{
		"user": {s.User(t, "admin"), s.User(t, "siteadmin")}, "participant": {servertest.Token(token)},
		"device": {s.Device(t, 1)}, "service": {s.Service(t, "VideoRehabService")},
	}
	statements := func(target string, auth servertest.Auth) int {
		c.take()
		if a := s.Get(t, target, auth); a.Status != http.StatusOK {
			return 0
		}
		return c.take()
	}
	grow(t, s, 5)
	before := map[string][]int{} // per caller
	targets := listings()
	for _, target := range targets {
		for _, auth := range callers[strings.Split(target, "/")[2]] {
			before[target] = append(before[target], statements(target, auth))
		}
	}
	grow(t, s, 15)
	answered := 0
	for _, target := range targets {
		for i, auth := range callers[strings.Split(target, "/")[2]] {
			few := before[target][i]
			if few == 0 {
				continue
			}
			answered++
			many := statements(target, auth)
			if many > few {
				many = statements(target, auth) // the date of the caller's last request is written once a minute
			}
			if many > few {
				t.Errorf("GET %s by caller %d: %d statements, with more rows %d", target, i, few, many)
			}
		}
	}
	if answered < 200 {
		t.Errorf("%d requests were answered, want hundreds", answered)
	}
}

// counter counts statements.
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) add(string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

func (c *counter) take() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.n
	c.n = 0
	return n
}

// listings are the URLs of every GET.
func listings() []string {
	values := map[string]string{ // of ids that are not 1
		"id_service": "6", "id_session": "2", "id_creator_service": "6", "id_test_invitation": "1", "limit": "", "offset": "", "status": "",
	}
	var all []string
	for _, o := range rest.Operations() {
		if skipped[o.Path] || o.Method != http.MethodGet || strings.HasSuffix(o.Path, "/assets/archive") || strings.HasSuffix(o.Path, "/forms") ||
			strings.HasSuffix(o.Path, "/disconnect") || strings.HasSuffix(o.Path, "/auth/code") {
			continue
		}
		flags := ""
		for _, name := range o.Booleans {
			if name != "list" && name != "with_only_token" {
				flags += "&" + name + "=true"
			}
		}
		choices := []string{""}
		for _, name := range o.Integers {
			v, known := values[name]
			if !known {
				v = "1"
			}
			if v != "" {
				choices = append(choices, name+"="+v)
			}
		}
		for _, choice := range choices {
			all = append(all, o.Path+"?"+choice)
			if flags != "" {
				all = append(all, o.Path+"?"+strings.TrimPrefix(choice+flags, "&"), o.Path+"?"+strings.TrimPrefix(choice+"&list=true", "&"))
			}
		}
	}
	return all
}

// grow adds n rows of everything that belongs to site 1, project 1, user 1, participant 1, device 1, service 6 or
// session 2, and puts the new people online.
func grow(t *testing.T, s *servertest.Server, n int) {
	t.Helper()
	err := s.Store.Write(t.Context(), func(tx *store.Tx) error {
		g := grower{t: t, tx: tx}
		for range n {
			g.one()
		}
		return g.err
	})
	if err != nil {
		t.Fatal(err)
	}
	users, err := store.Accessible[store.User](t.Context(), s.Store, store.Everything())
	if err != nil {
		t.Fatal(err)
	}
	participants, err := store.Accessible[store.Participant](t.Context(), s.Store, store.Everything())
	if err != nil {
		t.Fatal(err)
	}
	devices, err := store.Accessible[store.Device](t.Context(), s.Store, store.Everything())
	if err != nil {
		t.Fatal(err)
	}
	join := &opentera.JoinSessionEvent{SessionUuid: "grown"}
	for _, u := range users {
		join.SessionUsers = append(join.SessionUsers, u.UUID)
	}
	for _, p := range participants {
		join.SessionParticipants = append(join.SessionParticipants, p.UUID)
	}
	for _, d := range devices {
		join.SessionDevices = append(join.SessionDevices, d.UUID)
	}
	if err := s.Bus.PublishModule(t.Context(), bus.ModuleMessages(bus.UserManager), "test", bus.UserManager, join); err != nil {
		t.Fatal(err)
	}
	admin := s.User(t, "admin")
	servertest.Eventually(t, "everybody is in a session", func() bool {
		return len(s.Get(t, "/api/user/devices/online", admin).List()) == len(devices) &&
			len(s.Get(t, "/api/user/users/online", admin).List()) == len(users)
	})
}

type grower struct {
	t   *testing.T
	tx  *store.Tx
	err error
}

// add inserts a row of T and returns its key.
func add[T any](g *grower, key string, o store.Object) int {
	if g.err != nil {
		return 0
	}
	row, err := store.InsertJSON[T](g.t.Context(), g.tx, o)
	if err != nil {
		g.err = err
		return 0
	}
	made, err := store.JSONOf(g.t.Context(), g.tx, store.Min, any(row).(store.Row))
	if err != nil {
		g.err = err
		return 0
	}
	return made[key].(int)
}

func (g *grower) one() {
	name := uuid.NewString()
	const soon = "2099-01-01T00:00:00Z"
	site := add[store.Site](g, "id_site", store.Object{"site_name": name})
	project := add[store.Project](g, "id_project", store.Object{"id_site": 1, "project_name": name, "project_enabled": true})
	group := add[store.ParticipantGroup](g, "id_participant_group", store.Object{"id_project": 1, "participant_group_name": name})
	participant := add[store.Participant](g, "id_participant", store.Object{"id_project": 1, "id_participant_group": 1, "participant_name": name, "participant_enabled": true})
	device := add[store.Device](g, "id_device", store.Object{"id_device_type": 1, "device_name": name, "device_enabled": true, "device_onlineable": true})
	userGroup := add[store.UserGroup](g, "id_user_group", store.Object{"user_group_name": name})
	user := add[store.User](g, "id_user", store.Object{
		"user_username": name, "user_password": "Password12345!", "user_firstname": name, "user_lastname": name, "user_enabled": true, "user_profile": "{}",
	})
	service := add[store.Service](g, "id_service", store.Object{
		"service_key": name, "service_name": name, "service_hostname": "localhost", "service_port": 1, "service_endpoint": "/", "service_clientendpoint": "/",
		"service_enabled": true, "service_editable_config": true,
	})
	sessionType := add[store.SessionType](g, "id_session_type", store.Object{
		"id_service": 6, "session_type_name": name, "session_type_online": true, "session_type_color": "#000000", "session_type_category": 1,
	})
	testType := add[store.TestType](g, "id_test_type", store.Object{"id_service": 6, "test_type_name": name})
	session := add[store.Session](g, "id_session", store.Object{
		"id_session_type": 1, "session_name": name, "session_status": 2, "session_start_datetime": "2024-01-01T00:00:00Z",
		"id_creator_user": 1, "id_creator_device": 1, "id_creator_participant": 1, "id_creator_service": 6,
	})
	link := func(o store.Object, extra ...any) store.Object {
		for i := 0; i+1 < len(extra); i += 2 {
			o[extra[i].(string)] = extra[i+1]
		}
		return o
	}
	for _, p := range []int{1, project} {
		add[store.ServiceSite](g, "id_service_site", store.Object{"id_service": service, "id_site": 1})
		add[store.ServiceProject](g, "id_service_project", store.Object{"id_service": service, "id_project": p})
		add[store.ServiceProject](g, "id_service_project", store.Object{"id_service": 6, "id_project": p})
		add[store.DeviceSite](g, "id_device_site", store.Object{"id_device": device, "id_site": 1})
		add[store.DeviceProject](g, "id_device_project", store.Object{"id_device": device, "id_project": p})
		add[store.DeviceProject](g, "id_device_project", store.Object{"id_device": 1, "id_project": p})
		for _, kind := range []int{1, sessionType} {
			add[store.SessionTypeSite](g, "id_session_type_site", store.Object{"id_session_type": kind, "id_site": 1})
			add[store.SessionTypeProject](g, "id_session_type_project", store.Object{"id_session_type": kind, "id_project": p})
		}
		for _, kind := range []int{1, testType} {
			add[store.TestTypeSite](g, "id_test_type_site", store.Object{"id_test_type": kind, "id_site": 1})
			add[store.TestTypeProject](g, "id_test_type_project", store.Object{"id_test_type": kind, "id_project": p})
		}
	}
	add[store.DeviceSite](g, "id_device_site", store.Object{"id_device": 1, "id_site": site})
	add[store.ServiceSite](g, "id_service_site", store.Object{"id_service": 6, "id_site": site})
	add[store.SessionTypeSite](g, "id_session_type_site", store.Object{"id_session_type": 1, "id_site": site})
	add[store.SessionTypeService](g, "id_session_type_service", store.Object{"id_session_type": 1, "id_service": service})
	add[store.SessionTypeService](g, "id_session_type_service", store.Object{"id_session_type": sessionType, "id_service": 3})
	add[store.DeviceParticipant](g, "id_device_participant", store.Object{"id_device": device, "id_participant": 1})
	add[store.DeviceParticipant](g, "id_device_participant", store.Object{"id_device": 1, "id_participant": participant})
	add[store.UserUserGroup](g, "id_user_user_group", store.Object{"id_user": user, "id_user_group": 1})
	add[store.UserUserGroup](g, "id_user_user_group", store.Object{"id_user": 2, "id_user_group": userGroup})
	for _, role := range []int{13, 17, 18, 20, 7, 11} {
		add[store.ServiceAccess](g, "id_service_access", store.Object{"id_user_group": userGroup, "id_service_role": role})
	}
	for _, target := range []string{"id_device", "id_participant_group"} {
		role := add[store.ServiceRole](g, "id_service_role", store.Object{"id_service": 6, "service_role_name": name})
		add[store.ServiceAccess](g, "id_service_access", store.Object{target: 1, "id_service_role": role})
	}
	add[store.ServiceAccess](g, "id_service_access", store.Object{"id_device": device, "id_service_role": 11})
	add[store.ServiceAccess](g, "id_service_access", store.Object{"id_participant_group": group, "id_service_role": 11})
	add[store.UserPreference](g, "id_user_preference", store.Object{"id_user": 1, "user_preference_app_tag": name, "user_preference_preference": "{}"})
	for target, id := range map[string]int{"id_user": user, "id_participant": participant, "id_device": device} {
		config := add[store.ServiceConfig](g, "id_service_config", store.Object{"id_service": 6, target: id, "service_config_config": "{}"})
		add[store.ServiceConfigSpecific](g, "id_service_config_specific", store.Object{
			"id_service_config": config, "service_config_specific_id": name, "service_config_specific_config": "{}",
		})
		one := map[string]int{"id_user": 1, "id_participant": 1, "id_device": 1}[target]
		add[store.ServiceConfig](g, "id_service_config", store.Object{"id_service": service, target: one, "service_config_config": "{}"})
	}
	for _, in := range []int{2, session} {
		add[store.SessionEvent](g, "id_session_event", store.Object{"id_session": in, "id_session_event_type": 1, "session_event_datetime": soon})
		for _, owner := range []string{"id_user", "id_participant", "id_device", "id_service"} {
			id := map[string]int{"id_service": 6}[owner]
			if id == 0 {
				id = 1
			}
			add[store.Asset](g, "id_asset", link(store.Object{
				"id_session": in, "asset_name": name, "asset_type": "text/plain", "asset_service_uuid": "00000000-0000-0000-0000-000000000001",
			}, owner, id))
			add[store.Test](g, "id_test", link(store.Object{"id_session": in, "id_test_type": 1, "test_name": name, "test_datetime": soon}, owner, id))
		}
	}
	for _, owner := range []string{"id_user", "id_participant", "id_device"} {
		add[store.TestInvitation](g, "id_test_invitation", link(store.Object{
			"id_test_type": 1, "id_project": 1, "id_session": 2, "test_invitation_expiration_date": soon,
		}, owner, 1))
	}
	for kind, id := range map[core.Kind]int{core.KindUser: user, core.KindParticipant: participant, core.KindDevice: device} {
		for _, in := range []int{2, session} {
			if g.err == nil {
				g.err = g.tx.AddSessionMembers(g.t.Context(), in, kind, []int{1, 2, id})
			}
		}
	}
}
