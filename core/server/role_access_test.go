package server_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// Roles of the test data: 1 Logging admin, 2 Logging user, 4 FileTransfer user, 7 BureauActif admin, 9 and 10 VideoRehab
// admin and user, 12 RobotTeleOperation user. Logging, FileTransfer and VideoRehab are used on site 1.
func TestServicesAccess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		p := startPeople(t, db)
		const path = "/api/user/services/access"
		bureau := accessRow(t, p.Server, 4, 7)
		p.lists(t, path, []listing{
			{"admin", "?id_service=2", 3},
			{"siteadmin", "?id_service=2", 2}, // not that of the group that it does not see
			{"siteadmin", "?id_service=5", 0},
			{"siteadmin", "?id_user_group=2", 1}, // of the service alone
			{"siteadmin", "?id_user_group=8", 0},
			{"siteadmin", "?id_participant_group=1", 1},
			{"siteadmin", "?id_user=5", 1},
			{"siteadmin", "?id_user=9", 0},
			{"user4", "?id_device=1", 0},
		})
		access := func(o object) object { return object{"service_access": o} }
		made := p.send(t, path, "siteadmin", access(object{"id_service_access": 0, "id_user_group": 1, "id_service_role": 10})).List()
		if len(made) != 1 || made[0]["id_service_access"] == 0.0 || made[0]["id_service_role"] != 10.0 {
			t.Fatalf("new: got %v", made)
		}
		id := int(made[0]["id_service_access"].(float64))
		p.send(t, path, "siteadmin", access(object{"id_service_access": id, "id_service_role": 4, "id_participant_group": 2}))
		if row := servertest.Row[store.ServiceAccess](t, p.Server, id); row.RoleID != 4 || row.UserGroupID != nil || row.ParticipantGroupID == nil || *row.ParticipantGroupID != 2 {
			t.Errorf("moved: got %+v", row)
		}
		p.refuse(t, []refusal{
			{"nothing", "admin", "", path, object{}, 400},
			{"no id", "admin", "", path, access(object{}), 400},
			{"two targets", "admin", "", path, access(object{"id_service_access": 0, "id_user_group": 1, "id_device": 1, "id_service_role": 10}), 400},
			{"no role", "admin", "", path, access(object{"id_service_access": 0, "id_user_group": 1}), 400},
			{"empty role", "admin", "", path, access(object{"id_service_access": 0, "id_user_group": 1, "id_service_role": ""}), 400},
			{"no target", "admin", "", path, access(object{"id_service_access": 0, "id_service_role": 10}), 400},
			{"null target", "admin", "", path, access(object{"id_service_access": 0, "id_service_role": 10, "id_device": nil}), 400},
			{"unknown role", "admin", "", path, access(object{"id_service_access": 0, "id_user_group": 1, "id_service_role": 999}), 400},
			{"unknown row", "admin", "", path, access(object{"id_service_access": 999, "id_service_role": 10}), 400},
			{"unknown group", "admin", "", path, access(object{"id_service_access": 0, "id_user_group": 999, "id_service_role": 10}), 403},

			// core.md 13.2, 24
			{"anybody's row removed", "user4", "", path, access(object{"id_service_access": bureau}), 403},
			{"another's row removed", "user4", "", path, access(object{"id_service_access": id}), 403},
			{"a site's role removed", "siteadmin", "", path, access(object{"id_service_access": 3}), 403},
			{"an invisible group's row removed", "siteadmin", "", path, access(object{"id_service_access": accessRow(t, p.Server, 8, 1), "id_service_role": ""}), 403},
			{"an invisible group's row taken", "siteadmin", "", path, access(object{"id_service_access": accessRow(t, p.Server, 8, 1), "id_user_group": 3, "id_service_role": 2}), 403},
			{"a site's role turned into a service's", "siteadmin", "", path, access(object{"id_service_access": 3, "id_service_role": 10}), 403},
			{"a service's role turned into a site's", "siteadmin", "", path, access(object{"id_service_access": id, "id_service_role": 15}), 403},
			{"the own row, then another's", "siteadmin", "", path, object{"service_access": []object{{"id_service_access": id}, {"id_service_access": 3}}}, 403},

			// core.md 13.2, 31
			{"a service that is not used there", "siteadmin", "", path, access(object{"id_service_access": 0, "id_user_group": 3, "id_service_role": 12}), 403},
			{"a service used on the project only as a user", "user", "", path, access(object{"id_service_access": 0, "id_user_group": 1, "id_service_role": 4}), 403},
			{"a service's role admin", "siteadmin", "", path, access(object{"id_service_access": 0, "id_user_group": 3, "id_service_role": 1}), 403},
			{"the site's role", "siteadmin", "", path, access(object{"id_service_access": 0, "id_user_group": 1, "id_service_role": 13}), 403},
			{"a group of both sites", "siteadmin", "", path, access(object{"id_service_access": 0, "id_user_group": 7, "id_service_role": 10}), 403},
			{"another site's group", "siteadmin", "", path, access(object{"id_service_access": 0, "id_user_group": 6, "id_service_role": 4}), 403},
			{"another site's device", "siteadmin2", "", path, access(object{"id_service_access": 0, "id_device": 2, "id_service_role": 4}), 403},

			{"unknown", "admin", "DELETE", path + "?id=999", nil, 400},
			{"a site's", "siteadmin", "DELETE", path + "?id=3", nil, 403},
			{"of a service that is not used there", "siteadmin", "DELETE", path + "?id=" + jsonText(bureau), nil, 403},
			{"of an invisible group", "siteadmin", "DELETE", path + "?id=" + jsonText(accessRow(t, p.Server, 8, 1)), nil, 403},
			{"by a user", "user", "DELETE", path + "?id=7", nil, 403},
		})
		if a := p.Delete(t, path+"?id=7", p.as(t, "siteadmin")); a.Status != 200 || a.Text != "\"\"\n" {
			t.Errorf("delete: got %d %s", a.Status, a.Text)
		}
		p.send(t, path, "siteadmin", access(object{"id_service_access": id, "id_service_role": ""}))
		if n := servertest.Count[store.ServiceAccess](t, p.Server, store.Columns{"id_service_access": id}); n != 0 {
			t.Error("removed by an empty role: it is there")
		}
	})
}

func TestServiceRolesOfGroups(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		p := startPeople(t, db)
		const groups, path, logging, rehab = "/api/service/usergroups", "/api/service/serviceaccess", "service:LoggingService", "service:VideoRehabService"
		for _, tt := range []struct {
			as, path string
			want     int
		}{
			{logging, groups, 2},
			{logging, groups + "?id_user_group=1", 0},
			{logging, groups + "?id_site=1", 1}, // group 2, through its project
			{rehab, groups, 0},
			{logging, path + "?id_user_group=2", 1},
			{logging, path + "?id_user_group=4", 0},
		} {
			if list := p.Get(t, tt.path, p.as(t, tt.as)).List(); len(list) != tt.want {
				t.Errorf("%s as %s: got %v, want %d", tt.path, tt.as, list, tt.want)
			}
		}
		for path, want := range map[string]int{path: 400, groups + "?id_project=3": 403, groups + "?id_site=2": 403} {
			if a := p.Get(t, path, p.as(t, rehab)); a.Status != want {
				t.Errorf("%s: got %d, want %d", path, a.Status, want)
			}
		}
		group := func(o object) object { return object{"user_group": o} }
		roles := func(list ...object) []object { return list }
		made := p.send(t, groups, rehab, group(object{"id_user_group": 0, "user_group_name": "Made", "user_group_services_access": roles(object{"id_service_role": 9}, object{"service_role_name": "user"})}))
		id, _ := made.Object()["id_user_group"].(float64)
		if id == 0 {
			t.Fatalf("create: got %s", made.Text)
		}
		count := func(role int) int {
			return servertest.Count[store.ServiceAccess](t, p.Server, store.Columns{"id_user_group": int(id), "id_service_role": role})
		}
		if count(9) != 1 || count(10) != 1 {
			t.Errorf("roles: got %d and %d, want one of each", count(9), count(10))
		}
		servertest.Change[store.ServiceAccess](t, p.Server, 7, store.Object{"id_user_group": int(id)}) // another service's role on the group
		p.send(t, groups, rehab, group(object{"id_user_group": id, "user_group_name": "Renamed", "user_group_services_access": roles(object{"service_role_name": "user"})}))
		if count(9) != 0 || count(10) != 1 || count(1) != 1 {
			t.Errorf("roles: got %d, %d and %d of the other service, want 0, 1 and 1", count(9), count(10), count(1))
		}
		access := func(o object) object { return object{"service_access": o} }
		p.refuse(t, []refusal{
			{"nothing", rehab, "", groups, object{}, 400},
			{"no id", rehab, "", groups, group(object{}), 400},
			{"no role", rehab, "", groups, group(object{"id_user_group": 0, "user_group_name": "x"}), 400},
			{"role without name", rehab, "", groups, group(object{"id_user_group": 0, "user_group_name": "x", "user_group_services_access": roles(object{"id_service": 6})}), 400},
			{"unknown role", rehab, "", groups, group(object{"id_user_group": 0, "user_group_name": "x", "user_group_services_access": roles(object{"service_role_name": "king"})}), 400},
			{"no name", rehab, "", groups, group(object{"id_user_group": 0, "user_group_services_access": roles(object{"service_role_name": "user"})}), 400},
			{"another service's role by name", rehab, "", groups, group(object{"id_user_group": id, "user_group_services_access": roles(object{"service_role_name": "admin", "id_service": 1})}), 403},
			{"another service's role", rehab, "", groups, group(object{"id_user_group": id, "user_group_services_access": roles(object{"id_service_role": 9}, object{"id_service_role": 13})}), 403},
			{"another project", rehab, "", groups, group(object{"id_user_group": id, "user_group_services_access": roles(object{"service_role_name": "admin", "id_project": 3})}), 403},
			{"another site", rehab, "", groups, group(object{"id_user_group": id, "user_group_services_access": roles(object{"service_role_name": "admin", "id_site": 2})}), 403},
			{"a group of nobody's", rehab, "", groups, group(object{"id_user_group": 3, "user_group_name": "x"}), 403},
			{"a group drawn in", rehab, "", groups, group(object{"id_user_group": 3, "user_group_services_access": roles(object{"service_role_name": "user"})}), 403},
			{"unknown group", rehab, "", groups, group(object{"id_user_group": 999, "user_group_name": "x"}), 403},
			{"another's group", rehab, "DELETE", groups + "?id=8", nil, 403},
			{"in use", logging, "DELETE", groups + "?id=8", nil, 500},

			{"no id of a row", rehab, "", path, access(object{}), 400},
			{"another service's row removed", rehab, "", path, access(object{"id_service_access": 6}), 403},
			{"another service's row taken", rehab, "", path, access(object{"id_service_access": 6, "id_user_group": id, "id_service_role": 10}), 403},
			{"a site's row", rehab, "", path, access(object{"id_service_access": 3, "id_service_role": 10}), 403},
			{"another's role", rehab, "", path, access(object{"id_service_access": 0, "id_user_group": id, "id_service_role": 13}), 403},
			{"another's group given a role", rehab, "", path, access(object{"id_service_access": 0, "id_user_group": 3, "id_service_role": 10}), 403},
			{"another project's participants", rehab, "", path, access(object{"id_service_access": 0, "id_participant_group": 2, "id_service_role": 10}), 403},
			{"another service's", rehab, "DELETE", path + "?id=6", nil, 403},
			{"unknown", rehab, "DELETE", path + "?id=999", nil, 400},
		})
		row := p.send(t, path, rehab, access(object{"id_service_access": 0, "id_participant_group": 1, "id_service_role": 10})).List()
		if a := p.Delete(t, servertest.Query(path, "id", jsonText(row[0]["id_service_access"])), p.as(t, rehab)); a.Status != 200 {
			t.Errorf("delete: got %d %s", a.Status, a.Text)
		}
		if a := p.Delete(t, servertest.Query(groups, "id", jsonText(id)), p.as(t, rehab)); a.Status != 200 {
			t.Errorf("delete of the group: got %d %s", a.Status, a.Text)
		}
	})
}
