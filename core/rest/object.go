package rest

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
)

// maxID is the largest value of an integer column.
const maxID = math.MaxInt32

// has reports whether key was sent, null included.
func (o object) has(key string) bool { _, ok := o[key]; return ok }

// id is the row id under key. Without the key or with something that cannot be an id it fails with 400.
func (o object) id(key string) (int, error) {
	v, ok := o[key]
	if !ok {
		return 0, fail(http.StatusBadRequest, "Missing "+key)
	}
	n, ok := v.(int)
	if !ok || n < 0 || n > maxID {
		return 0, failArgument(key, "must be an integer between 0 and 2147483647")
	}
	return n, nil
}

// looseID is id, which may come as text: some of OpenTera's clients send the ids of lists so.
func (o object) looseID(key string) (int, error) {
	if s, ok := o[key].(string); ok {
		if n, err := strconv.Atoi(s); err == nil {
			o[key] = n
		}
	}
	return o.id(key)
}

// optionalID is id, with ok false when the key is missing or null.
func (o object) optionalID(key string) (n int, ok bool, err error) {
	if o[key] == nil {
		return 0, false, nil
	}
	n, err = o.id(key)
	return n, err == nil, err
}

// text is the string under key, "" when it is missing or null.
func (o object) text(key string) (string, error) {
	switch v := o[key].(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	}
	return "", failArgument(key, "must be a string")
}

// object is the object under key, nil when it is missing or null.
func (o object) object(key string) (object, error) {
	switch v := o[key].(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return v, nil
	}
	return nil, failArgument(key, "must be an object")
}

// maxList bounds the lists of a request body.
const maxList = 10_000

// texts is the list of strings under key, without repetitions; ok is false when it is missing or null.
func (o object) texts(key string) (list []string, ok bool, err error) {
	return listOf(o, key, func(v any) (string, bool) { s, ok := v.(string); return s, ok }, "a string")
}

// ids is the list of row ids under key, without repetitions; ok is false when it is missing or null.
func (o object) ids(key string) (list []int, ok bool, err error) {
	return listOf(o, key, func(v any) (int, bool) { n, ok := v.(int); return n, ok && n >= 0 && n <= maxID }, "an id")
}

func listOf[T comparable](o object, key string, conv func(any) (T, bool), what string) ([]T, bool, error) {
	if o[key] == nil {
		return nil, false, nil
	}
	raw, ok := o[key].([]any)
	if !ok || len(raw) > maxList {
		return nil, false, failArgument(key, fmt.Sprintf("must be a list of at most %d", maxList))
	}
	seen := make(map[T]bool, len(raw))
	list := make([]T, 0, len(raw))
	for i, v := range raw {
		t, ok := conv(v)
		if !ok {
			return nil, false, failArgument(key, fmt.Sprintf("item %d is not %s", i, what))
		}
		if !seen[t] {
			seen[t] = true
			list = append(list, t)
		}
	}
	return list, true, nil
}
