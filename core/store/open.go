package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite" // also the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/gotera/gotera/configs"
)

// openSQLite opens the file cfg.Name, creating it readable by its owner only. Writes go through one connection that
// takes the write lock at BEGIN, so two writers queue instead of failing; readers are not held up by it (WAL).
func openSQLite(ctx context.Context, cfg configs.Database) (reads, writes *bun.DB, err error) {
	path, err := filepath.Abs(cfg.Name)
	if err != nil {
		return nil, nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, err
	}
	if err := f.Close(); err != nil {
		return nil, nil, err
	}
	name := "file:" + (&url.URL{Path: path}).EscapedPath()
	if err := switchToWAL(ctx, name); err != nil {
		return nil, nil, err
	}
	dsn := func(lock string) string {
		v := url.Values{"_txlock": {lock}, "_pragma": {
			"busy_timeout(10000)", // ms; other processes may hold the lock
			"journal_mode(WAL)",
			"synchronous(FULL)", // a committed session survives a power cut
			"foreign_keys(1)",
		}}
		return name + "?" + v.Encode()
	}
	w, err := sql.Open("sqlite", dsn("immediate"))
	if err != nil {
		return nil, nil, err
	}
	w.SetMaxOpenConns(1)
	r, err := sql.Open("sqlite", dsn("deferred"))
	if err != nil {
		return nil, nil, err
	}
	r.SetMaxOpenConns(max(4, runtime.GOMAXPROCS(0)))
	r.SetMaxIdleConns(max(4, runtime.GOMAXPROCS(0)))
	return bun.NewDB(r, sqlitedialect.New()), bun.NewDB(w, sqlitedialect.New()), nil
}

// switchToWAL sets the journal mode, which the file keeps. SQLite does not wait for other processes that do the same or
// hold the file at this moment, so this does, for 10 seconds.
func switchToWAL(ctx context.Context, name string) error {
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return err
	}
	defer db.Close() // nothing is pending on it
	deadline := time.Now().Add(10 * time.Second)
	for {
		_, err := db.ExecContext(ctx, "PRAGMA journal_mode = WAL")
		var busy *sqlite.Error
		if err == nil || !errors.As(err, &busy) || busy.Code()&0xff != sqlite3.SQLITE_BUSY || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// openPostgres prepares a pool; connections are made on use, and made again after the server was away. cfg.URL is a
// host name, an address, or the directory of a unix socket.
func openPostgres(_ context.Context, cfg configs.Database) (reads, writes *bun.DB, err error) {
	u := url.URL{Scheme: "postgres", Path: "/" + cfg.Name, RawQuery: url.Values{
		"host": {cfg.URL}, "port": {strconv.Itoa(cfg.Port)}, "connect_timeout": {"5"}, "application_name": {"gotera"},
	}.Encode()}
	if cfg.Username != "" {
		u.User = url.UserPassword(cfg.Username, cfg.Password)
	}
	c, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, nil, fmt.Errorf("postgres settings: %w", err) // pgx leaves the password out
	}
	// bun writes the arguments into the statement, so preparing each different text would only fill the server's memory.
	c.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	db := stdlib.OpenDB(*c)
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(10)
	db.SetConnMaxIdleTime(5 * time.Minute)
	b := bun.NewDB(db, pgdialect.New())
	return b, b, nil
}
