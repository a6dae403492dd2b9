package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

// linked reports whether there is a live row of T with these columns.
func linked[T any](t *testing.T, s *store.Store, where store.Columns) bool {
	t.Helper()
	rows, err := store.Rows[T](t.Context(), s, store.Everything(), where)
	if err != nil {
		t.Fatal(err)
	}
	return len(rows) > 0
}

// What an association brings along when it is stored, and what it needs (core.md 1.8). Service 7 is nowhere, service 5
// neither; site 2 has service 3, project 3 too.
func TestAssociationInsertRules(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		insert := func(row store.Row) error {
			return s.Write(ctx, func(tx *store.Tx) error { return tx.Insert(ctx, row) })
		}
		online := insertJSON[store.SessionType](t, s, store.Object{"session_type_name": "Robot", "session_type_online": true,
			"session_type_color": "#000000", "session_type_category": int(core.CategoryService), "id_service": 7})
		data := insertJSON[store.SessionType](t, s, store.Object{"session_type_name": "Desk", "session_type_online": false,
			"session_type_color": "#000000", "session_type_category": 2, "id_service": 5})
		test := insertJSON[store.TestType](t, s, store.Object{"test_type_name": "Robot test", "id_service": 4})
		serviceIn := func(service, site, project int) bool {
			return linked[store.ServiceSite](t, s, store.Columns{"id_service": service, "id_site": site}) &&
				(project == 0 || linked[store.ServiceProject](t, s, store.Columns{"id_service": service, "id_project": project}))
		}
		for _, tt := range []struct {
			name   string
			row    store.Row
			table  string // of the refusal
			brings func() bool
		}{
			{"device, project of another site", &store.DeviceProject{DeviceID: 2, ProjectID: 3}, "t_devices_sites", nil},
			{"device, unknown project", &store.DeviceProject{DeviceID: 2, ProjectID: 99}, "t_projects", nil},
			{"device, participant of another project", &store.DeviceParticipant{DeviceID: 2, ParticipantID: 4}, "t_devices_projects", nil},
			{"device, unknown participant", &store.DeviceParticipant{DeviceID: 2, ParticipantID: 99}, "t_participants", nil},
			{"service, project of another site", &store.ServiceProject{ServiceID: 7, ProjectID: 3}, "t_services_sites", nil},
			{"session type, project of another site", &store.SessionTypeProject{SessionTypeID: online.ID, ProjectID: 3}, "t_sessions_types_sites", nil},
			{"test type, project of another site", &store.TestTypeProject{TestTypeID: test.ID, ProjectID: 3}, "t_tests_types_sites", nil},
			{"test type that is unknown", &store.TestTypeSite{TestTypeID: 99, SiteID: 1}, "t_tests_types", nil},
			{"session type of a service, site", &store.SessionTypeSite{SessionTypeID: online.ID, SiteID: 2}, "", func() bool { return serviceIn(7, 2, 0) }},
			{"session type of a service, project", &store.SessionTypeProject{SessionTypeID: online.ID, ProjectID: 3}, "", func() bool { return serviceIn(7, 2, 3) }},
			{"session type of another category, site", &store.SessionTypeSite{SessionTypeID: data.ID, SiteID: 2}, "", func() bool { return !serviceIn(5, 2, 0) }},
			{"session type of another category, project", &store.SessionTypeProject{SessionTypeID: data.ID, ProjectID: 3}, "", func() bool { return !serviceIn(5, 2, 0) }},
			{"secondary service", &store.SessionTypeService{SessionTypeID: data.ID, ServiceID: 5}, "", func() bool { return serviceIn(5, 2, 3) }},
			{"test type, site", &store.TestTypeSite{TestTypeID: test.ID, SiteID: 2}, "", func() bool { return serviceIn(4, 2, 0) }},
			{"test type, project", &store.TestTypeProject{TestTypeID: test.ID, ProjectID: 3}, "", func() bool { return serviceIn(4, 2, 3) }},
		} {
			err := insert(tt.row)
			var integrity *store.IntegrityError
			switch {
			case tt.table == "" && err != nil:
				t.Errorf("%s: got %v, want it stored", tt.name, err)
			case tt.table != "" && (!errors.As(err, &integrity) || integrity.Table != tt.table):
				t.Errorf("%s: got %v, want an IntegrityError of %s", tt.name, err, tt.table)
			case tt.brings != nil && !tt.brings():
				t.Errorf("%s: the service is not where it should be", tt.name)
			}
		}
	})
}

// What goes along when an association is taken away, and what does not.
func TestAssociationDeleteRules(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		var integrity *store.IntegrityError
		if err := remove[store.ServiceSite](t, s, 1); !errors.As(err, &integrity) || integrity.Table != "t_sessions" {
			t.Errorf("service with sessions in the site: got %v, want an IntegrityError of t_sessions", err)
		}
		// service 3 in site 2: project 3, test type 3 there; session type 5 is of service 3, but in site 1
		insertJSON[store.SessionTypeSite](t, s, store.Object{"id_session_type": 5, "id_site": 2})
		if err := remove[store.ServiceSite](t, s, 4); err != nil {
			t.Fatal(err)
		}
		for name, there := range map[string]bool{
			"service project":      linked[store.ServiceProject](t, s, store.Columns{"id_service": 3, "id_project": 3}),
			"session type site":    linked[store.SessionTypeSite](t, s, store.Columns{"id_session_type": 5, "id_site": 2}),
			"test type project":    linked[store.TestTypeProject](t, s, store.Columns{"id_test_type": 3, "id_project": 3}),
			"project of site 1":    !linked[store.ServiceProject](t, s, store.Columns{"id_service": 3, "id_project": 1}),
			"other type of site 2": !linked[store.SessionTypeSite](t, s, store.Columns{"id_session_type": 4, "id_site": 2}),
		} {
			if there {
				t.Errorf("after the service left the site, %s is not as it should be", name)
			}
		}
		if err := remove[store.TestTypeSite](t, s, 3); err != nil { // test type 1 in site 2, where it has no tests
			t.Fatal(err)
		}
		if !linked[store.TestTypeProject](t, s, store.Columns{"id_test_type": 1, "id_project": 1}) {
			t.Error("the test type left a project of another site")
		}
	})
}

// However many add a pair at the same time, it is there once (core.md 1.5); nothing but the store prevents a second.
func TestAssociationOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for round := range 5 {
			site := insertJSON[store.Site](t, s, store.Object{"site_name": "S"})
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					err := s.Write(context.WithoutCancel(t.Context()), func(tx *store.Tx) error {
						return tx.Insert(t.Context(), &store.SessionTypeSite{SessionTypeID: 1, SiteID: site.ID}) // brings a ServiceSite
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			types, err := store.Rows[store.SessionTypeSite](t.Context(), s, store.Everything(), store.Columns{"id_site": site.ID})
			if err != nil || len(types) != 1 {
				t.Errorf("round %d: got %d pairs, %v, want 1", round, len(types), err)
			}
			services, err := store.Rows[store.ServiceSite](t.Context(), s, store.Everything(), store.Columns{"id_site": site.ID})
			if err != nil || len(services) != 1 {
				t.Errorf("round %d: got %d services, %v, want 1", round, len(services), err)
			}
		}
	})
}

func TestVisible(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		admin, siteadmin, user, nobody := get[store.User](t, s, 1), get[store.User](t, s, 2), get[store.User](t, s, 3), get[store.User](t, s, 6)
		for _, tt := range []struct {
			name      string
			access    store.Access
			ids, want []int
		}{
			{"super-administrator, all", admin.Access(), nil, []int{1, 2, 3}},
			{"super-administrator, some", admin.Access(), []int{3, 99, 3}, []int{3}},
			{"site administrator, all", siteadmin.Access(), nil, []int{1, 2}},
			{"user, some", user.Access(), []int{1, 3, -1}, []int{1}},
			{"user, administered", user.Access().Admin(), nil, nil},
			{"nobody", nobody.Access(), []int{1, 2, 3}, nil},
			{"none asked for", admin.Access(), []int{}, nil},
		} {
			got, err := store.Visible[store.Project](t.Context(), s, tt.access, tt.ids)
			if err != nil {
				t.Error(err)
			}
			equal(t, tt.name, got, tt.want)
		}
	})
}
