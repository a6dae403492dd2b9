package store_test

import (
	"testing"

	"github.com/gotera/gotera/core/store"
)

func TestDescribe(t *testing.T) {
	if n := len(store.Models()); n != 37 {
		t.Errorf("got %d models, want 37", n)
	}
	for _, model := range store.Models() {
		fields := store.Describe(model)
		if len(fields) < 2 || fields[0].Type != "integer" || fields[0].Name != "id_"+model {
			t.Errorf("%s: got %+v, want the key first", model, fields)
		}
	}
	fields := map[string]store.Field{}
	for _, f := range store.Describe("user") {
		fields[f.Name] = f
	}
	if f := fields["user_username"]; f.Size != 50 || f.Type != "string" || f.Nullable {
		t.Errorf("user_username: got %+v", f)
	}
	if !fields["user_password"].WriteOnly || !fields["user_uuid"].ReadOnly || !fields["user_lastonline"].Nullable {
		t.Errorf("got %+v", fields)
	}
	if f := store.Describe("device_site")[1]; f.Refers != "device" {
		t.Errorf("id_device of device_site: got %+v", f)
	}
	if store.Describe("nothing") != nil {
		t.Error("an unknown model has fields")
	}
}
