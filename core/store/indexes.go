package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"
)

// createIndexes adds an index for each foreign key, which OpenTera lacks (core.md 13.3, 55): access rules and cascades
// look rows up by them. Their prefix is ours and Alembic ignores indexes, so the Python server can come back.
func (s *Store) createIndexes(ctx context.Context) error {
	err := s.writer.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if err := lockSetup(ctx, tx); err != nil {
			return err
		}
		missing, err := missingIndexes(ctx, tx)
		if err != nil {
			return err
		}
		for name, on := range missing {
			if _, err := tx.ExecContext(ctx, fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s ON %s", name, on)); err != nil {
				return fmt.Errorf("create index %s: %w", name, err)
			}
		}
		return nil
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" { // insufficient_privilege: the tables belong to another role
		s.log.Warn("no right to create indexes: lists will be slow on a large database", "error", err)
		return nil
	}
	return err
}

// missingIndexes returns, by name, "table (column)" of each foreign key without our index.
func missingIndexes(ctx context.Context, db bun.IDB) (map[string]string, error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'index'"
	if isPostgres(db) {
		query = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
	}
	have, err := readNames(ctx, db, query)
	if err != nil {
		return nil, err
	}
	missing := map[string]string{}
	for _, t := range tables() {
		for _, c := range t.columns {
			if name := "gotera_" + t.name + "_" + c.name; c.ref.table != "" && !have[name] {
				missing[name] = t.name + " (" + c.name + ")"
			}
		}
	}
	return missing, nil
}
