package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// createIndexes adds an index for each foreign key, which OpenTera lacks (core.md 13.3, 55): access rules and cascades
// look rows up by them. Their prefix is ours and Alembic ignores indexes, so the Python server can come back.
func (s *Store) createIndexes(ctx context.Context) error {
	query := "SELECT name FROM sqlite_master WHERE type = 'index'"
	if isPostgres(s.writer) {
		query = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
	}
	have, err := readNames(ctx, s.writer, query)
	if err != nil {
		return err
	}
	for _, t := range tables() {
		for _, c := range t.columns {
			name := "gotera_" + t.name + "_" + c.name
			if c.ref.table == "" || have[name] {
				continue
			}
			_, err := s.writer.ExecContext(ctx, fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s ON %s (%s)", name, t.name, c.name))
			var pg *pgconn.PgError
			if errors.As(err, &pg) && pg.Code == "42501" { // insufficient_privilege: the tables belong to another role
				s.log.Warn("no right to create indexes: lists will be slow on a large database", "table", t.name)
				return nil
			}
			if err != nil {
				return fmt.Errorf("create index %s: %w", name, err)
			}
		}
	}
	return nil
}
