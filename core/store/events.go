package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gotera/gotera/core"
)

// change is what a transaction did to one row.
type change struct {
	table *table
	row   Row
	kind  core.Change
}

type rowKey struct {
	table *table
	id    int
}

// event is a change ready to publish.
type event struct {
	model  string
	change core.Change
	value  []byte
}

func (tx *Tx) created(t *table, row Row) { tx.record(t, row, core.Created) }
func (tx *Tx) updated(t *table, row Row) { tx.record(t, row, core.Updated) }
func (tx *Tx) erased(t *table, row Row)  { tx.record(t, row, core.Deleted) }

// record keeps one change per row: what counts is the row at the end of the transaction.
func (tx *Tx) record(t *table, row Row, kind core.Change) {
	if !t.events {
		return
	}
	key := rowKey{t, t.id(row)}
	if c := tx.changed[key]; c != nil {
		c.row = row
		if kind == core.Deleted {
			c.kind = kind
		}
		return
	}
	c := &change{t, row, kind}
	tx.changed[key] = c
	tx.changes = append(tx.changes, c)
}

// renderEvents makes the JSON of the changes, in the order in which the rows were first touched, with the rows as they
// stand: other columns may have been changed by bulk statements.
func (tx *Tx) renderEvents(ctx context.Context) ([]event, error) {
	events := make([]event, len(tx.changes))
	byTable := map[*table][]int{}
	for i, c := range tx.changes {
		events[i] = event{model: c.table.model, change: c.kind}
		byTable[c.table] = append(byTable[c.table], i)
	}
	for t, at := range byTable {
		rows := make([]Row, len(at))
		for i, n := range at {
			rows[i] = tx.changes[n].row
		}
		m := Min
		if t.full {
			m = Full
		}
		objects, err := tx.objects(ctx, m, rows)
		if err != nil {
			return nil, err
		}
		for i, n := range at {
			o := objects[i]
			if tx.changes[n].kind == core.Deleted {
				o = deletedObject(t, o)
			} else if err := addEventKeys(ctx, tx, tx.changes[n].row, o); err != nil {
				return nil, err
			}
			if events[n].value, err = json.Marshal(o); err != nil {
				return nil, fmt.Errorf("event of %s: %w", t.model, err)
			}
		}
	}
	return events, nil
}

// deletedObject keeps what identifies the row.
func deletedObject(t *table, o Object) Object {
	kept := Object{t.key().name: o[t.key().name]}
	for _, name := range t.onDel {
		kept[name] = o[name]
	}
	return kept
}

// addEventKeys adds session_type_id_service to the links of session types (core.md 1.9).
func addEventKeys(ctx context.Context, tx *Tx, row Row, o Object) error {
	var sessionType int
	switch row := row.(type) {
	case *SessionTypeProject:
		sessionType = row.SessionTypeID
	case *SessionTypeService:
		sessionType = row.SessionTypeID
	case *SessionTypeSite:
		sessionType = row.SessionTypeID
	default:
		return nil
	}
	ids, err := tx.ids(ctx, "SELECT id_service FROM t_sessions_types WHERE id_session_type = ? AND id_service IS NOT NULL", sessionType)
	if err != nil {
		return err
	}
	o["session_type_id_service"] = nil
	if len(ids) > 0 {
		o["session_type_id_service"] = ids[0]
	}
	return nil
}
