package rest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
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
	body   string  // key of the object that a JSON body holds, or ""
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

// values collects the arguments of the request; where a name occurs twice the JSON body goes before the query string
// and the first value before the others.
func (c *call) values() (map[string]any, error) {
	if c.given != nil {
		return c.given, nil
	}
	given := map[string]any{}
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return nil, failMessage(http.StatusBadRequest, "The query string is malformed.")
	}
	if c.Request.Method != http.MethodGet || c.Request.ContentLength > 0 {
		raw, err := c.readBody()
		if err != nil {
			return nil, err
		}
		if isJSON(c.Request) {
			if v, err := decodeJSON(raw); err == nil {
				if o, ok := v.(map[string]any); ok {
					given = o
				}
			}
		} else if strings.HasPrefix(c.Request.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
			form, err := url.ParseQuery(string(raw))
			if err != nil {
				return nil, failMessage(http.StatusBadRequest, "The form is malformed.")
			}
			addValues(query, form)
		}
	}
	out := make(map[string]any, len(given)+len(query))
	for name, v := range query {
		if len(v) > 0 {
			out[name] = v[0]
		}
	}
	for name, v := range given {
		out[name] = v
	}
	c.given = out
	return out, nil
}

func addValues(to, from url.Values) {
	for name, v := range from {
		to[name] = append(to[name], v...)
	}
}

func (d param) convert(v any) (any, error) {
	if s, ok := v.(string); ok && (!utf8.ValidString(s) || strings.ContainsRune(s, 0)) {
		return nil, fmt.Errorf("is not text")
	}
	switch d.kind {
	case integer:
		return toInt(v)
	case boolean:
		return toBool(v)
	case date:
		return toDate(v)
	}
	switch v := v.(type) {
	case string:
		return v, nil
	case int:
		return strconv.Itoa(v), nil
	}
	return nil, fmt.Errorf("must be a string")
}

func toInt(v any) (any, error) {
	switch v := v.(type) {
	case int:
		return v, nil
	case string:
		if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil {
			return n, nil
		}
		return nil, fmt.Errorf("invalid literal for int() with base 10: %.40q", v)
	}
	return nil, fmt.Errorf("must be an integer")
}

func toBool(v any) (any, error) {
	switch v := v.(type) {
	case bool:
		return v, nil
	case int:
		return v != 0, nil
	case string:
		switch strings.ToLower(v) {
		case "true", "1", "on":
			return true, nil
		case "false", "0", "":
			return false, nil
		}
		return nil, fmt.Errorf("Invalid literal for boolean(): %.40s", v)
	}
	return nil, fmt.Errorf("boolean type must be non-null")
}

func toDate(v any) (any, error) {
	s, _ := v.(string)
	t, err := time.ParseInLocation(time.DateOnly, s, time.Local)
	if err != nil || t.Year() < 1 {
		return nil, fmt.Errorf("time data %.40q does not match format '%%Y-%%m-%%d'", s)
	}
	return t, nil
}
