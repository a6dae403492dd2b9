package rest

import (
	"errors"
	"maps"
	"slices"

	"github.com/gotera/gotera/core/registry"
	"github.com/gotera/gotera/core/store"
)

// errNothing turns into an empty list: what the caller may not see is not there (core.md 4.1).
var errNothing = errors.New("not accessible")

// nothing is an empty list for errNothing, else the error.
func nothing[T any](err error) ([]*T, error) {
	if errors.Is(err, errNothing) {
		return nil, nil
	}
	return nil, err
}

// orNothing forgets errNothing, where the list is empty already.
func orNothing(err error) error {
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}

// keys lists the keys of m in order; never nil, since a nil filter filters nothing.
func keys[V any](m map[string]V) []string {
	return append([]string{}, slices.Sorted(maps.Keys(m))...)
}

func idsOf[T any](rows []*T, id func(*T) int) []int {
	ids := make([]int, len(rows))
	for i, r := range rows {
		ids[i] = id(r)
	}
	return ids
}

// addStatus adds <kind>_online and <kind>_busy.
func addStatus(o store.Object, kind string, s registry.Status) {
	o[kind+"_online"], o[kind+"_busy"] = s.Online, s.Busy
}
