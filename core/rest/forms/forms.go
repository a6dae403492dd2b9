// Package forms describes, for clients that draw dialogs from it, how the objects of the core are edited (core.md 9.6). A
// form is a table of items; texts are English, and french.go has them in French. Where the values of a choice come from
// the database, the caller gives them, by the name of the list.
package forms

// Form describes the dialog of one kind of object.
type Form struct {
	Object   string
	Sections []Section
}

// Section is a page of a form.
type Section struct {
	ID, Label string
	Name      string // goes before the label, untranslated
	Items     []Item
}

// Type is how an item is shown and edited.
type Type string

const (
	Hidden      Type = "hidden"
	Label       Type = "label"
	LongLabel   Type = "longlabel"
	Text        Type = "text"
	LongText    Type = "longtext"
	Password    Type = "password"
	Boolean     Type = "boolean"
	Numeric     Type = "numeric"
	Array       Type = "array" // a choice
	DateTime    Type = "datetime"
	Duration    Type = "duration"
	Color       Type = "color"
	JSON        Type = "json"
	VideoInputs Type = "videoinputs"
	AudioInputs Type = "audioinputs"
)

// Item is one field.
type Item struct {
	ID, Label string
	Type      Type
	Required  bool
	List      string  // names the list of values that the caller gives
	Values    []Value // fixed ones
	Default   any     // nil and false: none
	If        *Condition
	Options   Options
	TwoFactor bool // clients before 1.3 stumble over it
}

// Value is a choice.
type Value struct {
	ID   any
	Text string // translated, if the value is fixed
}

// Condition says when an item is shown, by the value of another item.
type Condition struct {
	Item, Op string
	Value    any
	Hook     string // path that gives new values, when the value is appended to it
}

// Options are further keys of an item.
type Options map[string]any

var (
	readonly = Options{"readonly": true}
	writable = Options{"readonly": false}
	confirm  = Options{"confirm": true} // asked twice
)

func when(item string, value any) *Condition { return &Condition{Item: item, Op: "=", Value: value} }

// Context is what a form depends on.
type Context struct {
	Language  string             // "fr", else English
	Lists     map[string][]Value // by Item.List
	OldClient bool               // without the items that are marked TwoFactor
}

// Describe is the JSON of a form.
func (f Form) Describe(c Context) map[string]any {
	sections := make([]map[string]any, len(f.Sections))
	for i, s := range f.Sections {
		label := c.translate(s.Label)
		if s.Name != "" {
			label = s.Name + " " + label
		}
		items := []map[string]any{}
		for _, item := range s.Items {
			if !item.TwoFactor || !c.OldClient {
				items = append(items, item.describe(c, len(items)+1))
			}
		}
		sections[i] = map[string]any{"id": s.ID, "label": label, "_order": i + 1, "items": items}
	}
	return map[string]any{"objecttype": f.Object, "sections": sections}
}

func (i Item) describe(c Context, order int) map[string]any {
	o := map[string]any{"id": i.ID, "label": c.translate(i.Label), "type": i.Type, "_order": order}
	if i.Required {
		o["required"] = true
	}
	if values := i.values(c); len(values) > 0 {
		o["values"] = values
	}
	if i.Default != nil && i.Default != false {
		o["default"] = i.Default
	}
	if i.If != nil {
		condition := map[string]any{"item": i.If.Item, "op": i.If.Op, "condition": i.If.Value}
		if i.If.Hook != "" {
			condition["hook"] = i.If.Hook
		}
		o["condition"] = condition
	}
	for key, value := range i.Options {
		o[key] = value
	}
	return o
}

func (i Item) values(c Context) []map[string]any {
	var out []map[string]any
	for _, v := range i.Values {
		out = append(out, map[string]any{"id": v.ID, "value": c.translate(v.Text)})
	}
	if i.List != "" {
		for _, v := range c.Lists[i.List] {
			out = append(out, map[string]any{"id": v.ID, "value": v.Text})
		}
	}
	return out
}

func (c Context) translate(text string) string {
	if c.Language == "fr" {
		if t, ok := french[text]; ok {
			return t
		}
	}
	return text
}

// All are the forms by the name that clients ask for, but those that depend on more than lists: ServiceSettings, Versions.
var All = map[string]Form{
	"user":           user,
	"user_group":     userGroup,
	"site":           site,
	"project":        project,
	"group":          group,
	"participant":    participant,
	"device":         device,
	"device_type":    deviceType,
	"device_subtype": deviceSubtype,
	"session":        session,
	"session_type":   sessionType,
	"service":        service,
	"service_config": serviceConfig,
	"test_type":      testType,
}
