package rest

import "github.com/gotera/gotera/core/store"

// testTypeURLs adds where a service shows its questionnaires: null without the format, or with the service disabled.
func (u serviceURLs) testTypeURLs(t *store.TestType, o store.Object) {
	s := u.byID[t.ServiceID]
	for _, f := range []struct {
		key, path string
		has       bool
	}{
		{"test_type_json_url", "/api/testtypes/form", t.HasJSONFormat},
		{"test_type_web_url", "/viewer", t.HasWebFormat},
		{"test_type_web_editor_url", "/editor", t.HasWebEditor},
	} {
		o[f.key] = nil
		if f.has {
			o[f.key] = u.at(s, f.path)
		}
	}
}
