package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// Tx is a transaction: a Reader that also writes. Not for concurrent use.
type Tx struct {
	*Reader
	cost    int // bcrypt
	changes []*change
	changed map[rowKey]*change // the same, by row
	linking bool               // holds the lock of LockAssociations
}

// The rules of core.md 1.8 are methods that a model may have.
type (
	// inserter checks and prepares a row before it is stored; its key is set already, but for associations.
	inserter interface {
		beforeInsert(ctx context.Context, tx *Tx) error
	}
	// updater checks and completes an update from JSON: old is the row as read, set holds the columns given and may be
	// changed.
	updater interface {
		beforeUpdate(ctx context.Context, tx *Tx, old Row, set columnSet) error
	}
	// follower does what follows a stored insert (old is nil) or update from JSON.
	follower interface {
		afterSave(ctx context.Context, tx *Tx, old Row, set columnSet) error
	}
	// keeper refuses a delete with an *IntegrityError.
	keeper interface {
		checkDelete(ctx context.Context, tx *Tx) error
	}
	// leaver does what goes before an accepted delete.
	leaver interface {
		beforeDelete(ctx context.Context, tx *Tx) error
	}
)

// Insert stores a new row with the rules of its model: key from the sequence, generated UUIDs and tokens, hashed
// passwords. An association that exists, deleted or not, is brought back instead, and row then holds it.
func (tx *Tx) Insert(ctx context.Context, row Row) error {
	t := tableOf(row)
	if t.serial {
		if err := tx.LockAssociations(ctx); err != nil {
			return err
		}
	}
	if !t.revive {
		id, err := tx.nextID(ctx, t)
		if err != nil {
			return err
		}
		t.setID(row, id)
	}
	if h, ok := row.(inserter); ok {
		if err := h.beforeInsert(ctx, tx); err != nil {
			return err
		}
	}
	if t.revive {
		if found, err := tx.link(ctx, t, row); err != nil || found {
			return err
		}
	} else if err := tx.store(ctx, t, row); err != nil {
		return err
	}
	if h, ok := row.(follower); ok {
		return h.afterSave(ctx, tx, nil, nil)
	}
	return nil
}

// Link is Insert for an association, without the rules of its model.
func (tx *Tx) Link(ctx context.Context, row Row) error {
	if err := tx.LockAssociations(ctx); err != nil {
		return err
	}
	_, err := tx.link(ctx, tableOf(row), row)
	return err
}

// link stores an association, unless it is there or can be brought back.
func (tx *Tx) link(ctx context.Context, t *table, row Row) (found bool, err error) {
	if found, err = tx.revive(ctx, t, row); err != nil || found {
		return found, err
	}
	id, err := tx.nextID(ctx, t)
	if err != nil {
		return false, err
	}
	t.setID(row, id)
	return false, tx.store(ctx, t, row)
}

// insertAsIs stores a row of the default data, whose UUIDs and hashes are given, without its model's rules.
func (tx *Tx) insertAsIs(ctx context.Context, row Row) error {
	t := tableOf(row)
	id, err := tx.nextID(ctx, t)
	if err != nil {
		return err
	}
	t.setID(row, id)
	return tx.store(ctx, t, row)
}

func (tx *Tx) store(ctx context.Context, t *table, row Row) error {
	*row.version() = time.Now().UnixMilli()
	if _, err := tx.db.NewInsert().Model(row).Exec(ctx); err != nil {
		err = translate(err)
		if d, ok := errors.AsType[*DuplicateError](err); ok && (d.Column == "pkey" || d.Column == t.key().name) {
			err = &SequenceError{t.name, t.sequence}
		}
		return fmt.Errorf("insert %s: %w", t.model, err)
	}
	tx.created(t, row)
	return nil
}

// nextID takes the next value of the table's sequence. PostgreSQL's do not go back with the transaction, ours do.
func (tx *Tx) nextID(ctx context.Context, t *table) (int, error) {
	var id int
	var err error
	if isPostgres(tx.db) {
		err = tx.db.NewRaw("SELECT nextval(?)", t.sequence).Scan(ctx, &id)
	} else {
		err = tx.db.NewRaw("UPDATE "+sequenceTable+" SET value = value + 1 WHERE name = ? RETURNING value", t.sequence).Scan(ctx, &id)
	}
	if err != nil {
		return 0, fmt.Errorf("next %s: %w", t.key().name, err)
	}
	return id, nil
}

// revive looks for an association with the same foreign keys, deleted rows included. A NULL key matches nothing.
func (tx *Tx) revive(ctx context.Context, t *table, row Row) (bool, error) {
	q := tx.db.NewSelect().Limit(1).OrderBy(t.key().name, bun.OrderAsc)
	for i := range t.columns {
		c := &t.columns[i]
		if c.ref.table == "" {
			continue
		}
		v := tx.value(t.field(row, c))
		if v == nil || v == 0 {
			return false, nil
		}
		q = q.Where("? = ?", bun.Ident(c.name), v)
	}
	into, rows := t.newSlice()
	if err := q.Model(into).Scan(ctx); err != nil {
		return false, fmt.Errorf("look for %s: %w", t.model, translate(err))
	}
	if len(rows()) == 0 {
		return false, nil
	}
	t.copyInto(row, rows()[0])
	if *row.deletion() == nil {
		return true, nil
	}
	*row.deletion() = nil
	if err := tx.Update(ctx, row, "deleted_at"); err != nil {
		return false, err
	}
	if h, ok := row.(follower); ok {
		return true, h.afterSave(ctx, tx, nil, nil)
	}
	return true, nil
}

// Update stores the named columns of row as they are, all of them if none is named. It fails with ErrStale when the
// row is no longer the one that was read. Rules and hashing are those of UpdateJSON and the methods of the models.
func (tx *Tx) Update(ctx context.Context, row Row, columns ...string) error {
	t := tableOf(row)
	if len(columns) == 0 {
		for _, c := range t.columns[1:] {
			columns = append(columns, c.name)
		}
	}
	if !slices.Contains(columns, "version_id") {
		columns = append(slices.Clip(columns), "version_id")
	}
	read := *row.version()
	*row.version() = nextVersion(read)
	result, err := tx.db.NewUpdate().Model(row).Column(columns...).WherePK().Where("version_id = ?", read).Exec(ctx)
	if err == nil {
		var n int64
		if n, err = result.RowsAffected(); err == nil && n == 0 {
			err = ErrStale
		}
	}
	if err != nil {
		*row.version() = read
		return fmt.Errorf("update %s %d: %w", t.model, t.id(row), translate(err))
	}
	tx.updated(t, row)
	return nil
}

// nextVersion is the time, but always past the version read: two updates within a millisecond must differ.
func nextVersion(read int64) int64 { return max(time.Now().UnixMilli(), read+1) }

// lock makes concurrent writers of a row wait, where the engine lets more than one write at a time; not those who only
// refer to it, as keys never change.
func (tx *Tx) lock(ctx context.Context, t *table, id int) error {
	if !isPostgres(tx.db) {
		return nil
	}
	_, err := tx.db.NewRaw("SELECT 1 FROM ? WHERE ? = ? FOR NO KEY UPDATE", bun.Ident(t.name), bun.Ident(t.key().name), id).Exec(ctx)
	return err
}

// associationLock is the key of PostgreSQL's advisory lock that LockAssociations takes.
const associationLock = 0x7465726161 // "teraa"

// LockAssociations makes writers of associations wait for each other until their transactions end: no constraint keeps
// a pair from being stored twice, and the rules of one association ask for rows of another. Insert and Delete take it
// themselves; take it first to read a set that is to be replaced. Members of sessions need it not: there the session is
// locked.
func (tx *Tx) LockAssociations(ctx context.Context) error {
	if tx.linking || !isPostgres(tx.db) {
		return nil
	}
	if _, err := tx.db.NewRaw("SELECT pg_advisory_xact_lock(?)", associationLock).Exec(ctx); err != nil {
		return fmt.Errorf("lock associations: %w", err)
	}
	tx.linking = true
	return nil
}
