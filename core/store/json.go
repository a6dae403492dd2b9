package store

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"
)

// Object is the JSON of a row: column names and what the model adds (core.md 1.6).
type Object = map[string]any

// Mode chooses between the two forms of a model's JSON.
type Mode int

const (
	Full Mode = iota
	Min
)

// JSON returns the objects of rows, in their order. The number of queries does not depend on how many there are.
func JSON[R Row](ctx context.Context, c Conn, m Mode, rows ...R) ([]Object, error) {
	list := make([]Row, len(rows))
	for i, r := range rows {
		list[i] = r
	}
	return c.reader().objects(ctx, m, list)
}

// JSONOf returns the object of one row.
func JSONOf(ctx context.Context, c Conn, m Mode, row Row) (Object, error) {
	objects, err := c.reader().objects(ctx, m, []Row{row})
	if err != nil {
		return nil, err
	}
	return objects[0], nil
}

// objects renders rows of one model.
func (r *Reader) objects(ctx context.Context, m Mode, rows []Row) ([]Object, error) {
	out := make([]Object, len(rows))
	if len(rows) == 0 {
		return out, nil
	}
	t := tableOf(rows[0])
	for i, row := range rows {
		out[i] = r.object(t, m, row)
	}
	if t.render != nil {
		if err := t.render(ctx, r, rows, out, m); err != nil {
			return nil, fmt.Errorf("json of %s: %w", t.model, err)
		}
	}
	return out, nil
}

// object holds the columns alone.
func (r *Reader) object(t *table, m Mode, row Row) Object {
	o := make(Object, len(t.columns)+8)
	for i := range t.columns {
		c := &t.columns[i]
		if c.name == "version_id" || slices.Contains(t.hidden, c.name) || m == Min && slices.Contains(t.notMin, c.name) {
			continue
		}
		v := r.value(t.field(row, c))
		if (v == nil || v == "" || v == 0) && (c.name == "deleted_at" || slices.Contains(t.omit, c.name)) {
			continue
		}
		o[c.name] = v
	}
	return o
}

// value turns a field into nil, int, int64, string or bool; times into text.
func (r *Reader) value(f reflect.Value) any {
	if f.Kind() == reflect.Pointer {
		if f.IsNil() {
			return nil
		}
		f = f.Elem()
	}
	switch f.Kind() {
	case reflect.Int:
		return int(f.Int()) // plain, whatever enumeration it is
	case reflect.Struct:
		return r.Timestamp(f.Interface().(time.Time))
	default:
		return f.Interface()
	}
}

// Timestamp writes a time as OpenTera's JSON does: ISO-8601 with offset, microseconds when there are any (core.md 1.6).
func (r *Reader) Timestamp(t time.Time) string {
	t = t.In(r.loc)
	if t.Nanosecond()/1000 == 0 {
		return t.Format("2006-01-02T15:04:05-07:00")
	}
	return t.Format("2006-01-02T15:04:05.000000-07:00")
}

// Location is the zone of dates in JSON and of date filters.
func (r *Reader) Location() *time.Location { return r.loc }

// decoded returns what JSON text holds, or the text itself when it does not parse (session_parameters, core.md 1.6).
func decoded(text *string) any {
	if text == nil {
		return nil
	}
	var v any
	if json.Unmarshal([]byte(*text), &v) != nil {
		return *text
	}
	return v
}
