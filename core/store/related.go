package store

import (
	"context"

	"github.com/uptrace/bun"
)

// related reads, in one query, the live rows of T that rows refer to; key gives the reference, nil for none.
func related[T any](ctx context.Context, r *Reader, rows []Row, key func(Row) *int) (map[int]*T, error) {
	ids := make([]int, 0, len(rows))
	for _, row := range rows {
		if id := key(row); id != nil && *id != 0 {
			ids = append(ids, *id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return ByIDs[T](ctx, r, ids)
}

// at looks an optional reference up; nil when there is none or its row is gone.
func at[T any](m map[int]*T, id *int) *T {
	if id == nil {
		return nil
	}
	return m[*id]
}

// servicesByUUID is related for asset_service_uuid.
func servicesByUUID(ctx context.Context, r *Reader, uuids []string) (map[string]*Service, error) {
	rows, err := list[Service](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("service_uuid IN (?)", bun.List(uuids))
	})
	if err != nil {
		return nil, err
	}
	found := map[string]*Service{}
	for _, s := range rows {
		found[s.UUID] = s
	}
	return found, nil
}

// countBy counts the live rows of a table per value of a column: the keys are ids.
func (r *Reader) countBy(ctx context.Context, table, column string, ids []int) (map[int]int, error) {
	counts := map[int]int{}
	for batch := range batches(ids) {
		var found []struct {
			ID int `bun:"id"`
			N  int `bun:"n"`
		}
		err := r.db.NewRaw("SELECT ? AS id, count(*) AS n FROM ? WHERE ? IN (?) AND deleted_at IS NULL GROUP BY ?",
			bun.Ident(column), bun.Ident(table), bun.Ident(column), bun.List(batch), bun.Ident(column)).Scan(ctx, &found)
		if err != nil {
			return nil, translate(err)
		}
		for _, f := range found {
			counts[f.ID] = f.N
		}
	}
	return counts, nil
}
