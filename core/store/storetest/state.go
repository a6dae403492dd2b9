package storetest

import (
	"database/sql"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/store"
)

// tableNames are the tables of all models, by a query of the engine's own catalogue.
func tableNames(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil || len(names) != len(store.Models()) {
		t.Fatalf("got %d tables, want %d (%v)", len(names), len(store.Models()), err)
	}
	return names
}

// State returns a function that tells what is stored: per table how many rows there are, how many of them are deleted,
// and the sum of their versions, which every write changes, that of when somebody was last online too. Two equal states mean
// that nothing was written in between. It counts again only when the engine says that something may have been written: on
// SQLite when another connection has committed (data_version), on PostgreSQL when the write-ahead log has grown.
func State(t testing.TB, cfg configs.Database) func() string {
	t.Helper()
	driver, source, writes := "sqlite", cfg.Name, "PRAGMA data_version"
	names := "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 't@_%' ESCAPE '@' ORDER BY name"
	soft := "SELECT count(*) FROM pragma_table_info('%s') WHERE name = 'deleted_at'"
	if cfg.Type != "sqlite" {
		driver, writes = "pgx", "SELECT pg_current_wal_insert_lsn()::text"
		u := url.URL{Scheme: "postgres", User: url.UserPassword(cfg.Username, cfg.Password), Path: "/" + cfg.Name,
			RawQuery: url.Values{"host": {cfg.URL}, "port": {strconv.Itoa(cfg.Port)}}.Encode()}
		source = u.String()
		names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 't@_%' ESCAPE '@' ORDER BY tablename"
		soft = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '%s' AND column_name = 'deleted_at'"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1) // a data_version is that of its connection
	var parts []string
	for _, name := range tableNames(t, db, names) {
		var n int
		if err := db.QueryRow(fmt.Sprintf(soft, name)).Scan(&n); err != nil {
			t.Fatal(err)
		}
		deleted := "0"
		if n > 0 {
			deleted = "count(deleted_at)"
		}
		parts = append(parts, fmt.Sprintf("SELECT '%s' AS t, count(*), %s, CAST(coalesce(sum(version_id), 0) AS text) FROM %s", name, deleted, name))
	}
	query := strings.Join(parts, " UNION ALL ") + " ORDER BY 1"
	var last, counted string
	return func() string {
		t.Helper()
		var now string
		if err := db.QueryRow(writes).Scan(&now); err != nil {
			t.Fatal(err)
		}
		if now != last {
			last, counted = now, count(t, db, query)
		}
		return counted
	}
}

// count returns the rows of a query as text.
func count(t testing.TB, db *sql.DB, query string) string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all strings.Builder
	for rows.Next() {
		var name, versions string
		var count, deleted int
		if err := rows.Scan(&name, &count, &deleted, &versions); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&all, name, count, deleted, versions)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all.String()
}
