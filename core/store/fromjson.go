package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// columnSet names the columns that an update gives.
type columnSet map[string]bool

// defaulter sets the application's defaults that are not Go's zero values.
type defaulter interface{ setDefaults() }

// InsertJSON stores a new row of T made of a JSON object. Keys that are no columns are skipped, the key is the
// sequence's; the rules are those of Tx.Insert. A value of the wrong type is a *FieldError, as is a missing one.
func InsertJSON[T any](ctx context.Context, tx *Tx, o Object) (*T, error) {
	t := tableFor[T]()
	v := new(T)
	row := any(v).(Row)
	if d, ok := row.(defaulter); ok {
		d.setDefaults()
	}
	for name, value := range o {
		c := t.column(name)
		if c == nil || name == "deleted_at" || name == "version_id" {
			continue
		}
		if value == nil && !c.null && (c.fallback || filledByRules[name]) {
			continue
		}
		if err := tx.assign(t.field(row, c), c, value); err != nil {
			return nil, err
		}
	}
	for _, name := range MissingFields[T](o, t.key().name) {
		if !filledByRules[name] {
			return nil, &FieldError{Field: name, Reason: "is missing"}
		}
	}
	if err := tx.Insert(ctx, row); err != nil {
		return nil, err
	}
	return v, nil
}

// filledByRules are columns without default that the insert rules fill when they are absent or null.
var filledByRules = map[string]bool{
	"session_start_datetime": true, "session_status": true, "test_datetime": true, "test_invitation_key": true,
}

// UpdateJSON changes the live row of T with that key by a JSON object. A key that is no column rejects the whole update
// (*FieldError, Unknown), as does another value of the primary key; deleted_at (core.md 1.6) and the last-online dates
// are ignored. Associations do not change.
func UpdateJSON[T any](ctx context.Context, tx *Tx, id int, o Object) (*T, error) {
	t := tableFor[T]()
	if err := tx.lock(ctx, t, id); err != nil {
		return nil, fmt.Errorf("lock %s %d: %w", t.model, id, err)
	}
	v, err := Get[T](ctx, tx, id)
	if err != nil || t.fixed {
		return v, err
	}
	row := any(v).(Row)
	old := t.newRow()
	t.copyInto(old, row)
	set, err := tx.assignAll(t, row, o)
	if err != nil {
		return nil, err
	}
	if h, ok := row.(updater); ok {
		if err := h.beforeUpdate(ctx, tx, old, set); err != nil {
			return nil, err
		}
	}
	if len(set) == 0 {
		return v, nil
	}
	columns := make([]string, 0, len(set))
	for name := range set {
		columns = append(columns, name)
	}
	slices.Sort(columns)
	if err := tx.Update(ctx, row, columns...); err != nil {
		return nil, err
	}
	if h, ok := row.(follower); ok {
		if err := h.afterSave(ctx, tx, old, set); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (tx *Tx) assignAll(t *table, row Row, o Object) (columnSet, error) {
	set := columnSet{}
	for name, value := range o {
		if name == "deleted_at" || strings.HasSuffix(name, "_lastonline") && t.column(name) != nil {
			continue // the server's own to say
		}
		c := t.column(name)
		if c == nil || name == "version_id" {
			return nil, &FieldError{Field: name, Reason: "is no field of " + t.model, Unknown: true}
		}
		if name == t.key().name {
			if n, ok := asInt(value); !ok || n != t.id(row) {
				return nil, &FieldError{Field: name, Reason: "the key cannot change"}
			}
			continue
		}
		if err := tx.assign(t.field(row, c), c, value); err != nil {
			return nil, err
		}
		set[name] = true
	}
	return set, nil
}

// assign converts a JSON value to a field. Numbers and booleans may come as text and the reverse, as they may with
// PostgreSQL's own conversions; an object or list in a text column becomes JSON text.
func (r *Reader) assign(f reflect.Value, c *column, value any) error {
	if value == nil {
		if !c.null {
			return &FieldError{Field: c.name, Reason: "must not be null"}
		}
		f.SetZero()
		return nil
	}
	if c.null {
		p := reflect.New(f.Type().Elem())
		if s, ok := value.(string); ok && s == "" && c.kind != textColumn {
			f.SetZero() // an emptied field of a form
			return nil
		}
		f.Set(p)
		f = p.Elem()
	}
	ok := false
	reason := ""
	switch c.kind {
	case intColumn, bigColumn:
		var n int
		if n, ok = asInt(value); ok {
			f.SetInt(int64(n))
		}
		reason = "is not a 32-bit integer"
	case boolColumn:
		var b bool
		if b, ok = asBool(value); ok {
			f.SetBool(b)
		}
		reason = "is not a boolean"
	case timeColumn:
		var t time.Time
		if t, ok = r.asTime(value); ok {
			f.Set(reflect.ValueOf(t))
		}
		reason = "is not an ISO-8601 date"
	case textColumn:
		var s string
		if s, ok = asText(value); ok {
			f.SetString(s)
		}
		reason = "is not text"
		if ok && c.size > 0 && utf8.RuneCountInString(s) > c.size && !strings.HasSuffix(c.name, "_uuid") {
			ok, reason = false, fmt.Sprintf("is longer than %d characters", c.size)
		}
		if ok && strings.ContainsRune(s, 0) {
			ok, reason = false, "contains a zero byte"
		}
	}
	if !ok {
		return &FieldError{Field: c.name, Reason: reason}
	}
	return nil
}

func asInt(value any) (int, bool) {
	n, ok := 0, false
	switch v := value.(type) {
	case int:
		n, ok = v, true
	case int64:
		n, ok = int(v), true
	case float64:
		n, ok = int(v), v == math.Trunc(v) && math.Abs(v) < 1<<32
	case bool:
		ok = true
		if v {
			n = 1
		}
	case json.Number:
		i, err := v.Int64()
		n, ok = int(i), err == nil
	case string:
		i, err := strconv.Atoi(strings.TrimSpace(v))
		n, ok = i, err == nil
	default:
		if f := reflect.ValueOf(value); f.CanInt() { // the enumerations of package core
			n, ok = int(f.Int()), true
		}
	}
	return n, ok && n >= math.MinInt32 && n <= math.MaxInt32
}

func asBool(value any) (b, ok bool) {
	switch v := value.(type) {
	case bool:
		return v, true
	case string:
		b, err := strconv.ParseBool(strings.ToLower(v))
		return b, err == nil
	}
	n, ok := asInt(value)
	return n == 1, ok && (n == 0 || n == 1)
}

func asText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case map[string]any, []any:
		text, err := json.Marshal(v)
		return string(text), err == nil
	case int, int64, float64, json.Number, bool:
		return fmt.Sprint(v), true
	}
	return "", false
}

// asTime reads ISO-8601 with or without time, seconds and offset; without an offset it is in the store's zone.
func (r *Reader) asTime(value any) (time.Time, bool) {
	if t, ok := value.(time.Time); ok {
		return t.UTC().Truncate(time.Microsecond), true
	}
	s, ok := value.(string)
	if !ok {
		return time.Time{}, false
	}
	s = strings.Replace(s, " ", "T", 1)
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02",
	} {
		if t, err := time.ParseInLocation(layout, s, r.loc); err == nil {
			return t.UTC().Truncate(time.Microsecond), true
		}
	}
	return time.Time{}, false
}

// MissingFields lists the columns of T that an insert needs and o lacks, as OpenTera's validate_required_fields does:
// without default, not null, named after the model or "id...", not ending in "uuid" (core.md 1.6). Sorted.
func MissingFields[T any](o Object, ignore ...string) []string {
	t := tableFor[T]()
	var missing []string
	for _, c := range t.columns {
		named := strings.HasPrefix(c.name, t.model) || strings.HasPrefix(c.name, "id")
		_, given := o[c.name]
		if named && !given && !c.null && !c.fallback && !strings.HasSuffix(c.name, "uuid") && !slices.Contains(ignore, c.name) {
			missing = append(missing, c.name)
		}
	}
	slices.Sort(missing)
	return missing
}

// UnknownFields lists the keys of o that are no columns of T, sorted.
func UnknownFields[T any](o Object) []string {
	t := tableFor[T]()
	var unknown []string
	for name := range o {
		if t.column(name) == nil {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}
