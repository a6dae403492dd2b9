package store

import "slices"

// Field is one key of a model's JSON.
type Field struct {
	Name      string
	Type      string // integer, string, boolean or date-time
	Size      int    // characters at most, 0 is unbounded
	Nullable  bool
	Default   bool   // the application fills it in
	ReadOnly  bool   // the server decides
	WriteOnly bool   // taken, never shown
	Refers    string // the model whose key it is, "" for none
}

// Models lists the names of all models, as in JSON bodies and events, in order (core.md 1.6).
func Models() []string {
	var names []string
	for _, t := range tables() {
		names = append(names, t.model)
	}
	return names
}

// Describe lists the fields of a model, the key first; nil for an unknown one. version_id and deleted_at are no fields.
func Describe(model string) []Field {
	i := slices.IndexFunc(tables(), func(t *table) bool { return t.model == model })
	if i < 0 {
		return nil
	}
	t := tables()[i]
	types := map[columnKind]string{intColumn: "integer", bigColumn: "integer", textColumn: "string", boolColumn: "boolean", timeColumn: "date-time"}
	var fields []Field
	for n := range t.columns {
		c := &t.columns[n]
		if c.name == "version_id" || c.name == "deleted_at" {
			continue
		}
		f := Field{
			Name: c.name, Type: types[c.kind], Size: c.size, Nullable: c.null, Default: c.fallback,
			ReadOnly: c.name == model+"_uuid", WriteOnly: slices.Contains(t.hidden, c.name),
		}
		if to := tableNamed(c.ref.table); to != nil && c.ref.column == to.key().name {
			f.Refers = to.model
		}
		fields = append(fields, f)
	}
	return fields
}
