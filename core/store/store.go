// Package store is the database of the core: OpenTera's 37 tables on SQLite or PostgreSQL behind one code path, with
// the rules that OpenTera's models carry (keys from sequences, optimistic lock, soft delete, side effects, events) and
// the question of who may see what answered in SQL (Access). HTTP, tokens and Redis are left to others.
//
// Reads are methods of Reader, which both *Store and *Tx have; writes need a *Tx, given by Store.Write. Start at
// tables.go for the tables, tx.go for writing, access.go for access.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"
	"golang.org/x/crypto/bcrypt"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core"
)

// Events receives what changed, after the commit and in order. value is the JSON of core.md 1.9. Publish must not
// block for long and handles its own errors: the change is stored whatever happens to its announcement.
type Events interface {
	Publish(ctx context.Context, model string, change core.Change, value []byte)
}

// Options of Open. A zero field means its default.
type Options struct {
	Log        *slog.Logger     // default slog.Default()
	Events     Events           // default: nobody is told
	Location   *time.Location   // of dates in JSON and of date filters; default time.Local
	BcryptCost int              // default 12, as passlib's
	OnQuery    func(sql string) // told of every statement once it was executed; default nobody
}

// Store is an open database. Safe for concurrent use.
type Store struct {
	*Reader
	writer *bun.DB // on SQLite a pool of one connection: there is one writer at a time
	events Events
	cost   int
	log    *slog.Logger
}

// Reader runs queries: outside a transaction for a *Store, inside for a *Tx.
type Reader struct {
	db  bun.IDB
	loc *time.Location
}

// Conn is a *Store or a *Tx.
type Conn interface{ reader() *Reader }

func (r *Reader) reader() *Reader { return r }

// Open connects, creates the tables in an empty database or adopts OpenTera's, and adds our indexes. The error names
// what is wrong with a database that cannot be used (ErrNotOpenTera, *SchemaError).
func Open(ctx context.Context, cfg configs.Database, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.BcryptCost == 0 {
		o.BcryptCost = 12
	}
	if o.BcryptCost < bcrypt.MinCost || o.BcryptCost > bcrypt.MaxCost {
		return nil, fmt.Errorf("open database: bcrypt cost %d is not between %d and %d", o.BcryptCost, bcrypt.MinCost, bcrypt.MaxCost)
	}
	open := openPostgres
	if cfg.Type == "sqlite" {
		open = openSQLite
	}
	reads, writes, err := open(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if o.OnQuery != nil {
		reads, writes = reads.WithQueryHook(onQuery(o.OnQuery)), writes.WithQueryHook(onQuery(o.OnQuery))
	}
	s := &Store{
		Reader: &Reader{db: reads, loc: o.Location},
		writer: writes, events: o.Events, cost: o.BcryptCost, log: o.Log,
	}
	if err := s.prepareSchema(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), s.Close())
	}
	return s, nil
}

// onQuery is a bun.QueryHook.
type onQuery func(sql string)

func (f onQuery) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (f onQuery) AfterQuery(_ context.Context, e *bun.QueryEvent)                    { f(e.Query) }

// Close waits for running queries and closes the connections.
func (s *Store) Close() error {
	return errors.Join(s.db.(*bun.DB).Close(), s.writer.Close()) // closing the same pool twice does nothing
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.count(ctx, "SELECT 1")
	return err
}

// Write runs f in a transaction: committed if f returns nil, else rolled back. Events are published after the commit.
// f must use tx alone for what it reads and writes; calling Write within f waits for ever on SQLite.
func (s *Store) Write(ctx context.Context, f func(tx *Tx) error) error {
	btx, err := s.writer.BeginTx(ctx, &sql.TxOptions{})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	done := false
	defer func() {
		if !done { // f failed or panicked
			if err := btx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
				s.log.Warn("database roll back", "error", err)
			}
		}
	}()
	tx := &Tx{Reader: &Reader{db: btx, loc: s.loc}, cost: s.cost, changed: map[rowKey]*change{}}
	if err := f(tx); err != nil {
		return err
	}
	var events []event
	if s.events != nil {
		if events, err = tx.renderEvents(ctx); err != nil {
			return err
		}
	}
	if err := btx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", translate(err))
	}
	done = true
	for _, e := range events {
		s.events.Publish(ctx, e.model, e.change, e.value)
	}
	return nil
}
