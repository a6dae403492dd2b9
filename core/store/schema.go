package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// schemaVersion is the head of OpenTera 1.3.0's Alembic chain (core.md 1.1). It is written so that the Python server
// can be put back on the same database.
const schemaVersion = "6b9c4707d8ef"

// sequenceTable holds the sequences on SQLite, which has none. It is a table of ours and absent on PostgreSQL.
const sequenceTable = "gotera_sequences"

// setupLock is the PostgreSQL advisory lock that lets one process at a time prepare the schema ("gotera" in ASCII).
const setupLock = 0x676f74657261

// prepareSchema creates the tables in an empty database, all or nothing, and checks what it finds in another one.
func (s *Store) prepareSchema(ctx context.Context) error {
	err := s.writer.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if err := lockSetup(ctx, tx); err != nil {
			return err
		}
		found, err := readSchema(ctx, tx)
		if err != nil {
			return err
		}
		if len(found.columns) == 0 {
			s.log.Info("database is empty: creating the tables")
			return createSchema(ctx, tx)
		}
		return found.check(isPostgres(tx))
	})
	if err != nil {
		return err
	}
	if err := s.createIndexes(ctx); err != nil {
		return err
	}
	return s.checkSequences(ctx)
}

// lockSetup waits until no other process prepares the database; the lock ends with the transaction. On SQLite every
// transaction that writes is alone anyway.
func lockSetup(ctx context.Context, tx bun.IDB) error {
	if !isPostgres(tx) {
		return nil
	}
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", setupLock)
	return err
}

func isPostgres(db bun.IDB) bool { return db.Dialect().Name() == dialect.PG }

func createSchema(ctx context.Context, tx bun.Tx) error {
	var statements []string
	for _, t := range inDependencyOrder(tables()) {
		statements = append(statements, createTable(t, isPostgres(tx)))
		if isPostgres(tx) {
			statements = append(statements, "CREATE SEQUENCE "+t.sequence)
		}
	}
	if !isPostgres(tx) {
		statements = append(statements, "CREATE TABLE "+sequenceTable+" (name varchar PRIMARY KEY, value bigint NOT NULL)")
		for _, t := range tables() {
			statements = append(statements, "INSERT INTO "+sequenceTable+" VALUES ('"+t.sequence+"', 0)")
		}
	}
	statements = append(statements,
		"CREATE TABLE alembic_version (version_num varchar(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))",
		"INSERT INTO alembic_version VALUES ('"+schemaVersion+"')")
	for _, sql := range statements {
		if _, err := tx.ExecContext(ctx, sql); err != nil {
			return fmt.Errorf("create tables: %w", err)
		}
	}
	return nil
}

// createTable leaves keys and constraints unnamed: PostgreSQL then gives the names that OpenTera's database has.
func createTable(t *table, postgres bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (", t.name)
	for i, c := range t.columns {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %s", c.name, c.sqlType(postgres))
		if !c.null {
			b.WriteString(" NOT NULL")
		}
		if c.unique {
			b.WriteString(" UNIQUE")
		}
	}
	fmt.Fprintf(&b, ", PRIMARY KEY (%s)", t.key().name)
	for _, c := range t.columns {
		if c.ref.table == "" {
			continue
		}
		fmt.Fprintf(&b, ", FOREIGN KEY (%s) REFERENCES %s (%s)", c.name, c.ref.table, c.ref.column)
		if c.ref.onDelete != "" {
			b.WriteString(" ON DELETE " + c.ref.onDelete)
		}
	}
	b.WriteString(")")
	return b.String()
}

func (c *column) sqlType(postgres bool) string {
	switch c.kind {
	case intColumn:
		return "integer"
	case bigColumn:
		return "bigint"
	case boolColumn:
		return "boolean"
	case timeColumn:
		if postgres {
			return "timestamp with time zone"
		}
		return "timestamp" // the name that makes the driver read it back as a time
	case textColumn:
		if c.size > 0 {
			return fmt.Sprintf("varchar(%d)", c.size)
		}
	}
	return "varchar"
}

// inDependencyOrder puts each table after those that its foreign keys name.
func inDependencyOrder(all []*table) []*table {
	var out []*table
	var add func(t *table)
	add = func(t *table) {
		if slices.Contains(out, t) {
			return
		}
		for _, c := range t.columns {
			if c.ref.table != "" && c.ref.table != t.name {
				add(tableNamed(c.ref.table))
			}
		}
		out = append(out, t)
	}
	for _, t := range all {
		add(t)
	}
	return out
}
