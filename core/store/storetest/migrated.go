package storetest

import (
	_ "embed"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gotera/gotera/configs"
)

//go:embed migrated.sql
var migrated string

// Migrated returns a database with the schema of an OpenTera that was migrated to 1.3.0 (core.md 1.1), without rows.
func Migrated(t testing.TB) configs.Database {
	t.Helper()
	cfg := Postgres(t)
	conn, err := pgx.Connect(t.Context(), "host="+cfg.URL+" user="+cfg.Username+" dbname="+cfg.Name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), migrated)
	if err := errors.Join(err, conn.Close(t.Context())); err != nil {
		t.Fatalf("migrated.sql: %v", err)
	}
	return cfg
}
