package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// Delete deletes the live row of T with that key: ErrNotFound, an *IntegrityError when its model refuses, else its
// dependants go with it (core.md 1.5, 1.8).
func Delete[T any](ctx context.Context, tx *Tx, id int) error {
	t := tableFor[T]()
	if t.serial { // before the row's own lock, so that nobody waits for the other
		if err := tx.LockAssociations(ctx); err != nil {
			return err
		}
	}
	if err := tx.lock(ctx, t, id); err != nil {
		return fmt.Errorf("lock %s %d: %w", t.model, id, err)
	}
	row, err := Get[T](ctx, tx, id)
	if err != nil {
		return err
	}
	return tx.Delete(ctx, any(row).(Row))
}

// Delete is as the function Delete, for a row that was read already.
func (tx *Tx) Delete(ctx context.Context, row Row) error {
	t := tableOf(row)
	if t.serial {
		if err := tx.LockAssociations(ctx); err != nil {
			return err
		}
	}
	if h, ok := row.(keeper); ok {
		if err := h.checkDelete(ctx, tx); err != nil {
			return fmt.Errorf("delete %s %d: %w", t.model, t.id(row), err)
		}
	}
	if h, ok := row.(leaver); ok {
		if err := h.beforeDelete(ctx, tx); err != nil {
			return fmt.Errorf("delete %s %d: %w", t.model, t.id(row), err)
		}
	}
	if !t.soft {
		return tx.erase(ctx, row)
	}
	return tx.softDelete(ctx, t, row, time.Now())
}

// softDelete sets deleted_at on the row and, down the cascade, on every live row that depends on it.
func (tx *Tx) softDelete(ctx context.Context, t *table, row Row, now time.Time) error {
	now = now.UTC().Truncate(time.Microsecond) // what PostgreSQL keeps
	*row.deletion() = &now
	if err := tx.Update(ctx, row, "deleted_at"); err != nil {
		return err
	}
	return tx.cascade(ctx, t, []Row{row}, now)
}

func (tx *Tx) cascade(ctx context.Context, t *table, rows []Row, now time.Time) error {
	for _, c := range t.cascade {
		far := tableNamed(c.table)
		link := far.column(c.column)
		keys := make([]any, len(rows))
		for i, row := range rows {
			keys[i] = tx.value(t.field(row, t.column(link.ref.column)))
		}
		into, found := far.newSlice()
		err := tx.db.NewSelect().Model(into).Where("? IN (?)", bun.Ident(c.column), bun.List(keys)).Where("deleted_at IS NULL").Scan(ctx)
		if err != nil {
			return fmt.Errorf("cascade to %s: %w", c.table, translate(err))
		}
		dependants := found()
		for _, d := range dependants {
			*d.deletion() = &now
			if err := tx.Update(ctx, d, "deleted_at"); err != nil {
				return err
			}
		}
		if len(dependants) > 0 {
			if err := tx.cascade(ctx, far, dependants, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// erase removes a row physically: tables without deleted_at, and members taken off a session's list (core.md 1.5).
func (tx *Tx) erase(ctx context.Context, row Row) error {
	t := tableOf(row)
	if _, err := tx.db.NewDelete().Model(row).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("delete %s %d: %w", t.model, t.id(row), translate(err))
	}
	tx.erased(t, row)
	return nil
}
