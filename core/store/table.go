package store

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Row is a pointer to one of the model structs of this package.
type Row interface {
	version() *int64
	deletion() **time.Time // nil for tables whose rows are really deleted
}

func (v *Version) version() *int64           { return &v.VersionID }
func (v *Version) deletion() **time.Time     { return nil }
func (v *SoftVersion) version() *int64       { return &v.VersionID }
func (v *SoftVersion) deletion() **time.Time { return &v.DeletedAt }

// table is what the store knows of one table: its columns, read from the struct tags, and its rules, from tables().
type table struct {
	name     string // t_users
	model    string // user: the name in JSON bodies and events
	sequence string // where primary keys come from (core.md 1.3)
	columns  []column
	soft     bool // has deleted_at

	typ     reflect.Type // the struct
	revive  bool         // an insert brings back a deleted row with the same foreign keys (core.md 1.5)
	fixed   bool         // association: an update changes nothing (core.md 1.8)
	serial  bool         // written under LockAssociations
	events  bool         // publishes database events (core.md 1.9)
	full    bool         // events carry the full JSON instead of the min one
	hidden  []string     // never in JSON
	notMin  []string     // not in "min" JSON
	omit    []string     // not in JSON when null or empty
	onDel   []string     // further columns of the JSON of a physical delete event
	cascade []child      // soft-deleted along
	render  renderer     // adds to the JSON what is not a column
}

// child is a relation that a soft delete follows: rows of table whose column holds the deleted row's key.
type child struct {
	table, column string
}

func newChild(relation string) child {
	var c child
	c.table, c.column, _ = strings.Cut(relation, ".")
	return c
}

type columnKind int

const (
	intColumn columnKind = iota
	bigColumn
	textColumn
	boolColumn
	timeColumn
)

type column struct {
	name     string
	index    []int // for reflect.Value.FieldByIndex
	kind     columnKind
	size     int // varchar(size), 0 is unbounded
	null     bool
	unique   bool
	fallback bool // the application has a default for it
	ref      reference
}

// reference is a foreign key; table is empty when there is none.
type reference struct {
	table, column, onDelete string
}

func (t *table) key() *column { return &t.columns[0] }

func (t *table) column(name string) *column {
	for i := range t.columns {
		if t.columns[i].name == name {
			return &t.columns[i]
		}
	}
	return nil
}

// id returns the primary key of a row.
func (t *table) id(r Row) int {
	return int(reflect.ValueOf(r).Elem().FieldByIndex(t.key().index).Int())
}

func (t *table) setID(r Row, id int) {
	reflect.ValueOf(r).Elem().FieldByIndex(t.key().index).SetInt(int64(id))
}

func (t *table) field(r Row, c *column) reflect.Value {
	return reflect.ValueOf(r).Elem().FieldByIndex(c.index)
}

// copyInto makes to equal to from, another row of the table.
func (t *table) copyInto(to, from Row) { reflect.ValueOf(to).Elem().Set(reflect.ValueOf(from).Elem()) }

// newRow returns an empty row of the table.
func (t *table) newRow() Row { return reflect.New(t.typ).Interface().(Row) }

// newSlice returns a pointer to an empty []*T for bun to scan into, and a function that lists it.
func (t *table) newSlice() (any, func() []Row) {
	p := reflect.New(reflect.SliceOf(reflect.PointerTo(t.typ)))
	return p.Interface(), func() []Row {
		rows := make([]Row, p.Elem().Len())
		for i := range rows {
			rows[i] = p.Elem().Index(i).Interface().(Row)
		}
		return rows
	}
}

// readColumns fills name and columns from the struct's tags. `bun` holds the column's name; `db` holds size=, unique,
// default, fk=table.column, cascade and setnull.
func (t *table) readColumns() {
	t.addColumns(t.typ, nil)
	last := t.columns[len(t.columns)-1]
	t.soft = last.name == "deleted_at"
}

func (t *table) addColumns(typ reflect.Type, at []int) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		index := append(append([]int{}, at...), i)
		tag := f.Tag.Get("bun")
		if name, ok := strings.CutPrefix(tag, "table:"); ok {
			t.name, _, _ = strings.Cut(name, ",")
			continue
		}
		if f.Anonymous {
			t.addColumns(f.Type, index)
			continue
		}
		t.columns = append(t.columns, newColumn(f, index))
	}
}

func newColumn(f reflect.StructField, index []int) column {
	c := column{index: index}
	c.name, _, _ = strings.Cut(f.Tag.Get("bun"), ",")
	typ := f.Type
	if typ.Kind() == reflect.Pointer {
		c.null = true
		typ = typ.Elem()
	}
	switch {
	case typ == reflect.TypeFor[time.Time]():
		c.kind = timeColumn
	case typ.Kind() == reflect.Int:
		c.kind = intColumn
	case typ.Kind() == reflect.Int64:
		c.kind = bigColumn
	case typ.Kind() == reflect.String:
		c.kind = textColumn
	case typ.Kind() == reflect.Bool:
		c.kind = boolColumn
	default:
		panic(fmt.Sprintf("store: column %s has type %s", c.name, f.Type))
	}
	for word := range strings.FieldsSeq(f.Tag.Get("db")) {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "size":
			c.size, _ = strconv.Atoi(value)
		case "unique":
			c.unique = true
		case "default":
			c.fallback = true
		case "fk":
			c.ref.table, c.ref.column, _ = strings.Cut(value, ".")
		case "cascade":
			c.ref.onDelete = "CASCADE"
		case "setnull":
			c.ref.onDelete = "SET NULL"
		default:
			panic(fmt.Sprintf("store: column %s has the unknown tag %q", c.name, word))
		}
	}
	return c
}
