package forms

import (
	"maps"
	"testing"

	"github.com/gotera/gotera/core"
)

// Every text of every form is in the catalogue, and nothing else.
func TestFrench(t *testing.T) {
	unused := maps.Clone(french)
	check := func(where, text string) {
		if text == "" {
			return
		}
		if french[text] == "" {
			t.Errorf("%s: %q has no French", where, text)
		}
		delete(unused, text)
	}
	all := maps.Clone(All)
	all["settings"], all["versions"] = ServiceSettings(core.ServiceVideoRehab), Versions([]string{"OpenTeraPlus"})
	for name, f := range all {
		seen := map[string]bool{}
		for _, s := range f.Sections {
			check(name, s.Label)
			for _, i := range s.Items {
				check(name, i.Label)
				for _, v := range i.Values {
					check(name, v.Text)
				}
				if seen[i.ID] && name != "versions" {
					t.Errorf("%s: %s is there twice", name, i.ID)
				}
				seen[i.ID] = true
				if i.Type == "" || i.Label == "" {
					t.Errorf("%s: %s has no type or label", name, i.ID)
				}
				if i.If != nil && !seen[i.If.Item] {
					t.Errorf("%s: %s depends on %s, which does not come before it", name, i.ID, i.If.Item)
				}
			}
		}
	}
	for text := range unused {
		t.Errorf("%q is used nowhere", text)
	}
}

func TestDescribe(t *testing.T) {
	c := Context{Language: "fr", Lists: map[string][]Value{"projects": {{7, "Name"}}}}
	o := All["group"].Describe(c)
	section := o["sections"].([]map[string]any)[0]
	items := section["items"].([]map[string]any)
	if o["objecttype"] != "group" || section["label"] != "Informations" || section["_order"] != 1 || len(items) != 4 {
		t.Fatalf("got %v", o)
	}
	choice := items[2]
	values := choice["values"].([]map[string]any)
	if choice["label"] != "Projet" || choice["required"] != true || choice["_order"] != 3 || len(values) != 1 || values[0]["id"] != 7 || values[0]["value"] != "Name" {
		t.Errorf("got %v, want the list of the caller", choice)
	}
	if _, ok := items[3]["required"]; ok {
		t.Errorf("got %v, want no key that is false", items[3])
	}
	if _, ok := All["group"].Describe(Context{})["sections"].([]map[string]any)[0]["items"].([]map[string]any)[2]["values"]; ok {
		t.Error("an empty list is described")
	}
	count := func(c Context) int {
		return len(All["user"].Describe(c)["sections"].([]map[string]any)[0]["items"].([]map[string]any))
	}
	if a, b := count(Context{}), count(Context{OldClient: true}); a != 15 || b != 13 {
		t.Errorf("items of the user: got %d and, for an old client, %d, want 15 and 13", a, b)
	}
}
