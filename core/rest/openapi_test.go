package rest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gotera/gotera/core/store"
)

// Every operation is described, once, with all its arguments; every reference leads somewhere. Whether the document keeps
// the specification is tested by an independent validator in e2e.
func TestOpenAPIDescribesEveryRoute(t *testing.T) {
	raw, err := encode(openAPI("test"))
	if err != nil {
		t.Fatal(err)
	}
	type schema struct {
		Properties map[string]any `json:"properties"`
	}
	type content map[string]struct {
		Schema struct {
			schema
			AnyOf []schema `json:"anyOf"`
		} `json:"schema"`
	}
	var doc struct {
		Paths map[string]map[string]struct {
			ID         string                  `json:"operationId"`
			Summary    string                  `json:"summary"`
			Parameters []struct{ Name string } `json:"parameters"`
			Body       struct {
				Content content `json:"content"`
			} `json:"requestBody"`
			Security  []map[string]any `json:"security"`
			Responses map[string]any   `json:"responses"`
		} `json:"paths"`
		Components struct {
			Schemas  map[string]any `json:"schemas"`
			Security map[string]any `json:"securitySchemes"`
		} `json:"components"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	ids, count := map[string]bool{}, 0
	for _, r := range routes {
		o, ok := doc.Paths[r.path][strings.ToLower(r.method)]
		if !ok {
			t.Errorf("%s %s is not described", r.method, r.path)
			continue
		}
		count++
		if ids[o.ID] || o.Summary == "" || o.Responses["200"] == nil {
			t.Errorf("%s %s: got %+v, want an id of its own, a summary and answers", r.method, r.path, o)
		}
		ids[o.ID] = true
		said := map[string]bool{}
		for _, p := range o.Parameters {
			said[p.Name] = true
		}
		for _, c := range o.Body.Content {
			for name := range c.Schema.Properties {
				said[name] = true
			}
			for _, one := range c.Schema.AnyOf {
				for name := range one.Properties {
					said[name] = true
				}
			}
		}
		for _, p := range r.in.list {
			if !said[p.name] && p.name != tokenParam.name {
				t.Errorf("%s %s does not name %s", r.method, r.path, p.name)
			}
		}
		for key := range strings.SplitSeq(r.in.body, ", ") {
			if key != "" && !said[key] {
				t.Errorf("%s %s does not name the body %s", r.method, r.path, key)
			}
		}
		for _, s := range o.Security {
			for name := range s {
				if doc.Components.Security[name] == nil {
					t.Errorf("%s %s: unknown security scheme %s", r.method, r.path, name)
				}
			}
		}
	}
	described := 0
	for _, methods := range doc.Paths {
		described += len(methods)
	}
	if described != count {
		t.Errorf("%d operations are described, there are %d", described, count)
	}
	for part := range strings.SplitSeq(string(raw), `"$ref":"#/components/schemas/`) {
		name, _, ok := strings.Cut(part, `"`)
		if ok && !strings.HasPrefix(part, "{") && store.Describe(name) == nil {
			t.Errorf("a reference leads to %s, which is no model", name)
		}
	}
	if len(doc.Components.Schemas) != len(store.Models()) {
		t.Errorf("%d models are described, want %d", len(doc.Components.Schemas), len(store.Models()))
	}
}
