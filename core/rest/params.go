package rest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// kind is the type of a parameter.
type kind int

const (
	integer kind = iota
	text
	boolean
	date // YYYY-MM-DD
)

// param is one argument of an operation. Arguments come from the query string, a form or a JSON body alike (core.md 4.1).
type param struct {
	name     string
	kind     kind
	help     string // begins the error text
	required bool
}

// params are the arguments of an operation, declared once: they are parsed by it, and documented from it.
type params struct {
	strict bool    // an argument that is not listed is refused
	list   []param // in the order in which they are checked
	body   string  // key of the object that a JSON body holds, or ""; "a, b": it holds both
	many   bool    // a list of such objects is taken too
	others string  // keys of other bodies that are taken instead, with commas
	media  string  // content type of a body that is no JSON
	doc    string  // one sentence
}

// args are the parsed arguments. Those that were not given are absent.
type args map[string]any

func (a args) has(name string) bool { return a[name] != nil }

func (a args) int(name string) int     { n, _ := a[name].(int); return n }
func (a args) text(name string) string { s, _ := a[name].(string); return s }
func (a args) bool(name string) bool   { b, _ := a[name].(bool); return b }

// optionalBool is nil when the argument was not given.
func (a args) optionalBool(name string) *bool {
	if v, ok := a[name].(bool); ok {
		return &v
	}
	return nil
}

// optionalDate is nil when the argument was not given.
func (a args) optionalDate(name string) *time.Time {
	if v, ok := a[name].(time.Time); ok {
		return &v
	}
	return nil
}

// any reports whether some argument has a value other than zero, empty or false (core.md 4.1, the "any" check).
func (a args) any() bool {
	for _, v := range a {
		switch v := v.(type) {
		case int:
			if v != 0 {
				return true
			}
		case string:
			if v != "" {
				return true
			}
		case bool:
			if v {
				return true
			}
		default:
			return true
		}
	}
	return false
}

// first returns the first of the named ids that is given and not zero.
func (a args) first(names ...string) int {
	for _, n := range names {
		if id := a.int(n); id != 0 {
			return id
		}
	}
	return 0
}

// firstText returns the first of the named texts that is given and not empty.
func (a args) firstText(names ...string) string {
	for _, n := range names {
		if s := a.text(n); s != "" {
			return s
		}
	}
	return ""
}

// parse reads the arguments that p lists from the request.
func (p params) parse(c *call) (args, error) {
	given, err := c.values()
	if err != nil {
		return nil, err
	}
	a := args{}
	for _, d := range p.list {
		v, ok := given[d.name]
		if !ok {
			if d.required {
				return nil, failArgument(d.name, d.help+" Missing required parameter in the JSON body or the post body or the query string")
			}
			continue
		}
		if a[d.name], err = d.convert(v); err != nil {
			return nil, failArgument(d.name, d.help+" "+err.Error())
		}
	}
	if p.strict {
		if unknown := p.unknown(given); len(unknown) > 0 {
			return nil, failMessage(http.StatusBadRequest, "Unknown arguments: "+strings.Join(unknown, ", "))
		}
	}
	return a, nil
}

func (p params) unknown(given map[string]any) []string {
	var names []string
	for name := range given {
		if !slices.ContainsFunc(p.list, func(d param) bool { return d.name == name }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
