package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gotera/gotera/core/store"
)

// A configuration of a service that is gone is not listed; those of machines are written in place.
func TestServiceConfigs(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		machines := func() int {
			rows, err := store.Rows[store.ServiceConfigSpecific](ctx, s, store.Everything(), store.Columns{"id_service_config": 2, "service_config_specific_id": "pc-001"})
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) > 0 && rows[0].Config != `{"a":1}` {
				t.Errorf("machine: got %s", rows[0].Config)
			}
			return len(rows)
		}
		write(t, s, func(tx *store.Tx) error { return tx.SetSpecificConfig(ctx, 2, "pc-001", `{"a":1}`) })
		if n := machines(); n != 1 {
			t.Errorf("machines: got %d, want 1", n)
		}
		err := s.Write(ctx, func(tx *store.Tx) error { return tx.SetSpecificConfig(ctx, 2, "pc-001", `{`) })
		if _, ok := errors.AsType[*store.FieldError](err); !ok {
			t.Errorf("no JSON: got %v, want a FieldError", err)
		}
		list := func(q store.ServiceConfigQuery) int {
			rows, err := s.ServiceConfigs(ctx, store.Everything(), q)
			if err != nil {
				t.Fatal(err)
			}
			return len(rows)
		}
		for _, tt := range []struct {
			q    store.ServiceConfigQuery
			want int
		}{
			{store.ServiceConfigQuery{}, 3}, {store.ServiceConfigQuery{Service: 6}, 2}, {store.ServiceConfigQuery{Service: 6, Device: 1}, 1},
			{store.ServiceConfigQuery{Editable: true}, 3}, {store.ServiceConfigQuery{User: 2}, 0},
		} {
			if got := list(tt.q); got != tt.want {
				t.Errorf("%+v: got %d, want %d", tt.q, got, tt.want)
			}
		}
		write(t, s, func(tx *store.Tx) error {
			service, err := store.Get[store.Service](ctx, tx, 6)
			if err != nil {
				return err
			}
			service.EditableConfig = false
			if err := tx.Update(ctx, service, "service_editable_config"); err != nil {
				return err
			}
			service, err = store.Get[store.Service](ctx, tx, 1)
			if err != nil {
				return err
			}
			now := time.Now()
			service.DeletedAt = &now
			return tx.Update(ctx, service, "deleted_at")
		})
		if got := list(store.ServiceConfigQuery{}); got != 2 {
			t.Errorf("without the deleted service: got %d, want 2", got)
		}
		if got := list(store.ServiceConfigQuery{Editable: true}); got != 0 {
			t.Errorf("editable: got %d, want none", got)
		}
	})
}
