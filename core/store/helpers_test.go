package store_test

import (
	"context"
	"encoding/json"
	"slices"
	"sort"
	"sync"
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// published is an event as the store's Events received it.
type published struct {
	model  string
	change core.Change
	value  map[string]any
}

// recorder is an Events that remembers.
type recorder struct {
	mu     sync.Mutex
	events []published
}

func (r *recorder) Publish(_ context.Context, model string, change core.Change, value []byte) {
	p := published{model: model, change: change}
	if err := json.Unmarshal(value, &p.value); err != nil {
		panic(err)
	}
	r.mu.Lock()
	r.events = append(r.events, p)
	r.mu.Unlock()
}

// take returns what was published since the last call.
func (r *recorder) take() []published {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.events
	r.events = nil
	return e
}

// each runs f on a database with the test data, once per engine.
func each(t *testing.T, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, cfg configs.Database) { f(t, storetest.Seeded(t, cfg, nil)) })
}

// write runs f in a transaction and fails the test on an error.
func write(t *testing.T, s *store.Store, f func(tx *store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func get[T any](t *testing.T, s *store.Store, id int) *T {
	t.Helper()
	row, err := store.Get[T](t.Context(), s, id)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func insertJSON[T any](t *testing.T, s *store.Store, o store.Object) (row *T) {
	t.Helper()
	write(t, s, func(tx *store.Tx) (err error) {
		row, err = store.InsertJSON[T](t.Context(), tx, o)
		return err
	})
	return row
}

func updateJSON[T any](t *testing.T, s *store.Store, id int, o store.Object) (row *T, err error) {
	t.Helper()
	err = s.Write(t.Context(), func(tx *store.Tx) (err error) {
		row, err = store.UpdateJSON[T](t.Context(), tx, id, o)
		return err
	})
	return row, err
}

func remove[T any](t *testing.T, s *store.Store, id int) error {
	t.Helper()
	return s.Write(t.Context(), func(tx *store.Tx) error { return store.Delete[T](t.Context(), tx, id) })
}

func keys(o map[string]any) []string {
	var k []string
	for name := range o {
		k = append(k, name)
	}
	sort.Strings(k)
	return k
}

func equal[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func ptr[T any](v T) *T { return &v }
