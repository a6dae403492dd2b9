package store_test

import (
	"fmt"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestEvents(t *testing.T) {
	storetest.Each(t, func(t *testing.T, cfg configs.Database) {
		ctx := t.Context()
		r := &recorder{}
		s := storetest.Seeded(t, cfg, r)
		r.take()
		for _, tt := range []struct {
			name string
			do   func(tx *store.Tx) error
			want []string // model change
		}{
			{"insert", func(tx *store.Tx) error { return tx.Insert(ctx, &store.Site{Name: "S"}) }, []string{"site 1"}},
			{"insert and update in one", func(tx *store.Tx) error {
				p := &store.Project{SiteID: 1, Name: "P", Enabled: true}
				if err := tx.Insert(ctx, p); err != nil {
					return err
				}
				p.Name = "Q"
				return tx.Update(ctx, p, "project_name")
			}, []string{"project 1"}},
			{"soft delete with what depends on it", func(tx *store.Tx) error { return store.Delete[store.Project](ctx, tx, 3) },
				[]string{"project 2", "participant 2"}},
			{"a link of a session type", func(tx *store.Tx) error {
				return tx.Insert(ctx, &store.SessionTypeSite{SessionTypeID: 5, SiteID: 2})
			}, []string{"session_type_site 1"}},
			{"models without events", func(tx *store.Tx) error {
				return tx.Insert(ctx, &store.SessionEvent{SessionID: 1, Type: core.EventGeneralInfo})
			}, nil},
			{"service", func(tx *store.Tx) error {
				_, err := store.UpdateJSON[store.Service](ctx, tx, 5, store.Object{"service_enabled": false})
				return err
			}, []string{"service 2"}},
			{"setting", func(tx *store.Tx) error { return tx.SetSetting(ctx, "ServerVersions", "{}") }, []string{"server_settings 1"}},
			{"unchanged setting", func(tx *store.Tx) error { return tx.SetSetting(ctx, "ServerVersions", "{}") }, nil},
		} {
			write(t, s, tt.do)
			var got []string
			for _, e := range r.take() {
				got = append(got, fmt.Sprintf("%s %d", e.model, e.change))
				switch e.model {
				case "project", "participant":
					if tt.name[0] == 's' && e.value["deleted_at"] == nil {
						t.Errorf("%s: no deleted_at in %v", tt.name, e.value)
					}
					if tt.name[0] == 'i' && e.value["project_name"] != "Q" {
						t.Errorf("%s: not the last state: %v", tt.name, e.value)
					}
				case "session_type_site":
					if e.value["session_type_id_service"] != 3.0 {
						t.Errorf("%s: %v", tt.name, e.value)
					}
				case "service":
					if e.value["service_roles"] == nil { // the full JSON
						t.Errorf("%s: %v", tt.name, e.value)
					}
				}
			}
			equal(t, tt.name, got, tt.want)
		}
	})
}
