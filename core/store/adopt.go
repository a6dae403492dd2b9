package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// foundSchema is what an existing database holds.
type foundSchema struct {
	columns   map[string]bool // "table.column"
	sequences map[string]bool
	version   string // of alembic_version, empty when there is none
}

func readSchema(ctx context.Context, db bun.IDB) (*foundSchema, error) {
	columns := `SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`
	sequences := "SELECT name FROM " + sequenceTable
	if isPostgres(db) {
		columns = `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()`
		sequences = `SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema()`
	}
	f := &foundSchema{}
	var err error
	if f.columns, err = readNames(ctx, db, columns); err != nil {
		return nil, err
	}
	if isPostgres(db) || f.columns[sequenceTable+".name"] {
		if f.sequences, err = readNames(ctx, db, sequences); err != nil {
			return nil, err
		}
	}
	if f.columns["alembic_version.version_num"] {
		versions, err := readNames(ctx, db, "SELECT version_num FROM alembic_version")
		if err != nil {
			return nil, err
		}
		for v := range versions {
			f.version = v
		}
	}
	return f, nil
}

func readNames(ctx context.Context, db bun.IDB, query string) (map[string]bool, error) {
	var names []string
	if err := db.NewRaw(query).Scan(ctx, &names); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set, nil
}

// olderVersions are those that OpenTera 1.3.0 upgrades, oldest first (core.md 1.1).
var olderVersions = []string{
	"60f5b2ed8b5a", "28580f044a97", "c08e332cdf5f", "c903e55a7a4f", "dbe0ef5395eb", "f4b9e7081b18", "65a42f6ee567", "f41b70d6513e",
	"e6ee93ef205b", "09764faa2d57", "89343f5c95b9", "c58727df3ac2", "80f6eb28aea5", "818356b801fd",
}

// advice says what an operator can do about another version.
func (f *foundSchema) advice() string {
	if f.version == "" || slices.Contains(olderVersions, f.version) {
		return "let OpenTera 1.3.0 upgrade it first (start the Python server once), then start this one"
	}
	return "it is not one of OpenTera's up to 1.3.0; a newer OpenTera needs a newer gotera"
}

// check accepts a database at our version that has every table, column and sequence. Further columns and another
// column order are fine: migrated databases have them (core.md 1.1), and every statement names its columns.
func (f *foundSchema) check(postgres bool) error {
	if f.version == "" && !f.columns["t_users.id_user"] {
		return ErrNotOpenTera
	}
	if f.version != schemaVersion {
		return &SchemaError{f.version, f.advice()}
	}
	var missing []string
	for _, t := range tables() {
		for _, c := range t.columns {
			if !f.columns[t.name+"."+c.name] {
				missing = append(missing, t.name+"."+c.name)
			}
		}
		if !f.sequences[t.sequence] {
			missing = append(missing, t.sequence)
		}
	}
	if len(missing) > 0 {
		return &SchemaError{f.version, "it lacks " + strings.Join(missing, ", ")}
	}
	return nil
}
