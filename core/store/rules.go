package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// refuseIf returns an *IntegrityError for table when the query counts any row.
func (tx *Tx) refuseIf(ctx context.Context, table, reason, query string, args ...any) error {
	n, err := tx.count(ctx, "SELECT count(*) FROM "+query, args...)
	if err == nil && n > 0 {
		err = &IntegrityError{table, reason}
	}
	return err
}

// refusal is a reason not to delete a row: the query counts, for the key of the row, what is in the way.
type refusal struct{ table, reason, query string }

// refuseFirst returns the *IntegrityError of the first refusal that applies to the row with that key.
func (tx *Tx) refuseFirst(ctx context.Context, id int, refusals []refusal) error {
	for _, r := range refusals {
		if err := tx.refuseIf(ctx, r.table, r.reason, r.query, id); err != nil {
			return err
		}
	}
	return nil
}

// require returns an *IntegrityError for table when the query counts no row.
func (tx *Tx) require(ctx context.Context, table, reason, query string, args ...any) error {
	n, err := tx.count(ctx, "SELECT count(*) FROM "+query, args...)
	if err == nil && n == 0 {
		err = &IntegrityError{table, reason}
	}
	return err
}

// deleteAll deletes each live row of T that narrow leaves, with its rules.
func deleteAll[T any](ctx context.Context, tx *Tx, narrow func(*bun.SelectQuery) *bun.SelectQuery) error {
	rows, err := list[T](ctx, tx, narrow)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := tx.Delete(ctx, any(row).(Row)); err != nil {
			return err
		}
	}
	return nil
}

// inUse tells, for a participant p of the surrounding query, that it has data and cannot be deleted (core.md 1.8).
const inUse = `(EXISTS (SELECT 1 FROM t_sessions_participants x WHERE x.id_participant = p.id_participant AND x.deleted_at IS NULL)
	OR EXISTS (SELECT 1 FROM t_sessions x WHERE x.id_creator_participant = p.id_participant AND x.deleted_at IS NULL)
	OR EXISTS (SELECT 1 FROM t_assets x WHERE x.id_participant = p.id_participant AND x.deleted_at IS NULL)
	OR EXISTS (SELECT 1 FROM t_tests x WHERE x.id_participant = p.id_participant AND x.deleted_at IS NULL))`

// sessionsOfProject selects the keys of the live sessions that a participant of the project created or takes part in.
func sessionsOfProject(project int) fragment {
	return sqlf(`SELECT s.id_session FROM t_sessions s WHERE s.deleted_at IS NULL AND (
		s.id_creator_participant IN (SELECT id_participant FROM t_participants WHERE id_project = ? AND deleted_at IS NULL)
		OR s.id_session IN (SELECT sp.id_session FROM t_sessions_participants sp
			JOIN t_participants p ON p.id_participant = sp.id_participant AND p.deleted_at IS NULL
			WHERE sp.deleted_at IS NULL AND p.id_project = ?))`, project, project)
}

// siteOf returns the site of a live project; an *IntegrityError when there is none.
func (tx *Tx) siteOf(ctx context.Context, project int) (int, error) {
	ids, err := tx.ids(ctx, "SELECT id_site FROM t_projects WHERE id_project = ? AND deleted_at IS NULL", project)
	if err != nil {
		return 0, err
	}
	if len(ids) == 0 {
		return 0, &IntegrityError{"t_projects", fmt.Sprintf("there is no project %d", project)}
	}
	return ids[0], nil
}
