package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var (
	// ErrNotFound: no live row has that key.
	ErrNotFound = errors.New("not found")
	// ErrStale: the row was changed by somebody else since it was read (core.md 1.4).
	ErrStale = errors.New("changed by somebody else since it was read")
	// ErrUsernameTaken: a live participant has that username. A user's username is a *DuplicateError.
	ErrUsernameTaken = errors.New("participant username already in use")
	// ErrSamePassword: the new password is the current one (core.md 3.7).
	ErrSamePassword = errors.New("new password is the same as the current one")
	// ErrNotOpenTera: the database has tables, but not OpenTera's.
	ErrNotOpenTera = errors.New("database is neither empty nor OpenTera's")
)

// IntegrityError refuses a change: rows of Table depend on what it would remove, or what it needs there is missing
// (core.md 1.8). Upstream answers 500 with a text; Table is what that text names.
type IntegrityError struct {
	Table  string
	Reason string
}

func (e *IntegrityError) Error() string { return fmt.Sprintf("%s (%s)", e.Reason, e.Table) }

// FieldError is a value that a column cannot take, or a key that is no column of the model.
type FieldError struct {
	Field   string
	Reason  string
	Unknown bool // Field is no column
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Reason) }

// DuplicateError is a value that another row, possibly a deleted one, already has in a UNIQUE column.
type DuplicateError struct {
	Table, Column string
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("%s.%s: already in use", e.Table, e.Column)
}

// SchemaError is an OpenTera database of another version than ours, or one that lacks something.
type SchemaError struct {
	Found  string // alembic version in the database, may be empty
	Reason string
}

func (e *SchemaError) Error() string {
	return fmt.Sprintf("database has schema version %q, needed is %q: %s", e.Found, schemaVersion, e.Reason)
}

// translate turns the drivers' errors into ours; others pass unchanged.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "23505": // unique_violation; the constraint is <table>_<column>_key
			column := strings.TrimSuffix(strings.TrimPrefix(pg.ConstraintName, pg.TableName+"_"), "_key")
			return &DuplicateError{pg.TableName, column}
		case "23503": // foreign_key_violation; the constraint is <table>_<column>_fkey
			return &IntegrityError{pg.TableName, "foreign key " + pg.ConstraintName + " is not satisfied"}
		case "23502": // not_null_violation
			return &FieldError{Field: pg.ColumnName, Reason: "must not be null"}
		case "22001": // string_data_right_truncation
			return &FieldError{Field: pg.TableName, Reason: "text is too long"}
		}
		return err
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return translateSQLite(lite, err)
	}
	return err
}

// translateSQLite reads messages such as "constraint failed: UNIQUE constraint failed: t_users.user_username (2067)".
func translateSQLite(lite *sqlite.Error, err error) error {
	_, what, _ := strings.Cut(lite.Error(), "constraint failed: ")
	if _, after, ok := strings.Cut(what, "constraint failed: "); ok {
		what = after
	}
	what, _, _ = strings.Cut(what, " (")
	table, column, _ := strings.Cut(what, ".")
	switch lite.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return &DuplicateError{table, column}
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return &IntegrityError{"", "a foreign key is not satisfied"}
	case sqlite3.SQLITE_CONSTRAINT_NOTNULL:
		return &FieldError{Field: column, Reason: "must not be null"}
	}
	return err
}
