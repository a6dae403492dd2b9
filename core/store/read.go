package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Get returns the live row of T with the primary key id: Get[store.Site](ctx, db, 3). ErrNotFound if there is none.
func Get[T any](ctx context.Context, c Conn, id int) (*T, error) {
	return one[T](ctx, c, tableFor[T]().key().name, id)
}

// one returns the first live row of T whose column has the value.
func one[T any](ctx context.Context, c Conn, column string, value any) (*T, error) {
	rows, err := list[T](ctx, c, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("? = ?", bun.Ident(tableFor[T]().name+"."+column), value).Limit(1)
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s with %s %v: %w", tableFor[T]().model, column, value, ErrNotFound)
	}
	return rows[0], nil
}

// list returns the live rows of T that narrow leaves; ordered by the primary key after the
// orders that narrow gives.
func list[T any](ctx context.Context, c Conn, narrow func(*bun.SelectQuery) *bun.SelectQuery) ([]*T, error) {
	t := tableFor[T]()
	var rows []*T
	q := c.reader().db.NewSelect().Model(&rows).Apply(narrow).OrderExpr("? ASC", bun.Ident(t.name+"."+t.key().name))
	if t.soft {
		q = q.Where("?.deleted_at IS NULL", bun.Ident(t.name))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read %s: %w", t.name, translate(err))
	}
	return rows, nil
}

// ByIDs returns the live rows of T with these keys. The keys go out in batches, so that no statement is too long.
func ByIDs[T any](ctx context.Context, c Conn, ids []int) (map[int]*T, error) {
	t := tableFor[T]()
	found := make(map[int]*T, len(ids))
	for batch := range batches(ids) {
		rows, err := list[T](ctx, c, func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("? IN (?)", bun.Ident(t.name+"."+t.key().name), bun.List(batch))
		})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			found[t.id(any(row).(Row))] = row
		}
	}
	return found, nil
}

// batchSize keys make a statement of about 100 kB; SQLite takes 1 MB.
const batchSize = 10000

// batches yields the distinct keys, at most batchSize at a time.
func batches(ids []int) func(yield func([]int) bool) {
	seen := make(map[int]bool, len(ids))
	distinct := make([]int, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			distinct = append(distinct, id)
		}
	}
	return func(yield func([]int) bool) {
		for len(distinct) > 0 {
			n := min(batchSize, len(distinct))
			if !yield(distinct[:n]) {
				return
			}
			distinct = distinct[n:]
		}
	}
}

// count returns how many rows a hand-written query counts.
func (r *Reader) count(ctx context.Context, query string, args ...any) (int, error) {
	var n int
	if err := r.db.NewRaw(query, args...).Scan(ctx, &n); err != nil {
		return 0, translate(err)
	}
	return n, nil
}

// ids returns the keys that a hand-written query selects.
func (r *Reader) ids(ctx context.Context, query string, args ...any) ([]int, error) {
	var ids []int
	if err := r.db.NewRaw(query, args...).Scan(ctx, &ids); err != nil {
		return nil, translate(err)
	}
	return ids, nil
}

// fragment is a piece of SQL with its arguments, which stands for a "?" of another one.
type fragment = schema.QueryWithArgs

func sqlf(query string, args ...any) fragment { return bun.SafeQuery(query, args...) }

// Columns are conditions on columns of one table: a value to equal, a []int or []string to be one of, nil to be NULL.
type Columns map[string]any

// Rows lists the live rows of T that a may see and whose columns have these values, by key:
// Rows[store.DeviceSite](ctx, db, user.Access(), store.Columns{"id_site": 3}). An unknown column panics.
func Rows[T any](ctx context.Context, c Conn, a Access, where Columns) ([]*T, error) {
	t := tableFor[T]()
	return list[T](ctx, c, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = a.restrict(q, t)
		for _, name := range slices.Sorted(maps.Keys(where)) {
			if t.column(name) == nil {
				panic("store: " + t.name + " has no column " + name)
			}
			column := bun.Ident(t.name + "." + name)
			switch v := where[name].(type) {
			case nil:
				q = q.Where("? IS NULL", column)
			case []int:
				q = in(q, t.name+"."+name, append([]int{}, v...))
			case []string:
				q = in(q, t.name+"."+name, append([]string{}, v...))
			default:
				q = q.Where("? = ?", column, v)
			}
		}
		return q
	})
}
