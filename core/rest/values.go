package rest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

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
		return nil, fmt.Errorf("invalid literal for boolean(): %.40s", v)
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
