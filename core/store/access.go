package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// Access is what an identity may see (core.md 5), as conditions that queries carry with them: no list of keys is ever
// loaded. Lists take one (Reader.Users, Reader.Sessions, ...); Can and Reader.MaySeeSession ask for single rows.
//
// Only roles of the OpenTera server itself count for sites and projects: a role that another service defines, whatever
// its name, does not (closes core.md 13.2, 30).
type Access struct {
	kind  core.Kind // empty: everything
	id    int
	super bool // user: super-administrator
	admin bool // only what the user administers; no effect for other kinds

	shared bool // the statement begins with withShared
}

// rules give, per table, the query that selects the keys of the rows that an identity may see.
type rules map[string]func(Access) fragment

// Everything is the access of the server itself.
func Everything() Access { return Access{} }

// Access of a user (core.md 5.2).
func (u *User) Access() Access { return Access{kind: core.KindUser, id: u.ID, super: u.SuperAdmin} }

// Access of a participant (core.md 5.4).
func (p *Participant) Access() Access { return Access{kind: core.KindParticipant, id: p.ID} }

// Access of a device (core.md 5.5).
func (d *Device) Access() Access { return Access{kind: core.KindDevice, id: d.ID} }

// Access of a service (core.md 5.3).
func (s *Service) Access() Access { return Access{kind: core.KindService, id: s.ID} }

// Admin narrows a user's access to what they administer (upstream: admin_only).
func (a Access) Admin() Access {
	a.admin = true
	return a
}

// all reports whether there is nothing to filter.
func (a Access) all() bool { return a.kind == "" || a.super }

// visible returns the query that selects the primary keys of the rows of a table that a may see. deleted rows are not
// among them. A table without rule in core.md 5 is visible to super-administrators and the server only.
func (a Access) visible(t *table) fragment {
	if a.all() {
		return sqlf("SELECT ? FROM ? WHERE ?", bun.Ident(t.key().name), bun.Ident(t.name), alive(t))
	}
	if rule, ok := rulesOf(a.kind)[t.name]; ok {
		return a.withShared(rule(a.inside()))
	}
	return sqlf("SELECT ? FROM ? WHERE 1 = 0", bun.Ident(t.key().name), bun.Ident(t.name))
}

// inside is a for a query whose statement begins with withShared.
func (a Access) inside() Access {
	a.shared = true
	return a
}

// withShared makes a statement or a subquery of a query that was made with inside. At the start of the statement is
// better: PostgreSQL does not look into a subquery with a WITH of its own, and may then compute all that a may see.
func (a Access) withShared(query fragment) fragment {
	if a.kind != core.KindUser || a.super || a.shared {
		return query
	}
	with := make([]fragment, 0, 5)
	for _, n := range shared(a.id) {
		with = append(with, sqlf("? AS (?)", bun.Ident(n.name), n.query))
	}
	return sqlf("WITH ?, ?, ?, ?, ? ?", with[0], with[1], with[2], with[3], with[4], query)
}

func alive(t *table) fragment {
	if t.soft {
		return sqlf("deleted_at IS NULL")
	}
	return sqlf("1 = 1")
}

// restrict adds the access to a query on table t.
func (a Access) restrict(q *bun.SelectQuery, t *table) *bun.SelectQuery {
	if a.all() {
		return q
	}
	return a.provide(q).Where("? IN (?)", bun.Ident(t.name+"."+t.key().name), a.inside().visible(t))
}

// provide is withShared for a query that bun builds; once per query.
func (a Access) provide(q *bun.SelectQuery) *bun.SelectQuery {
	if a.kind == core.KindUser && !a.super {
		for _, n := range shared(a.id) {
			q = q.With(n.name, q.NewRaw("?", n.query))
		}
	}
	return q
}

// Can reports whether a may see every one of these rows of T: Can[store.Project](ctx, db, user.Access().Admin(), 3).
// Deleted and unknown rows are never visible. For sessions this is the list rule; see Reader.MaySeeSession.
func Can[T any](ctx context.Context, c Conn, a Access, ids ...int) (bool, error) {
	t := tableFor[T]()
	for batch := range batches(ids) {
		n, err := c.reader().count(ctx, "?", a.withShared(sqlf("SELECT count(*) FROM ? WHERE ? IN (?) AND ? IN (?)", bun.Ident(t.name),
			bun.Ident(t.key().name), bun.List(batch), bun.Ident(t.key().name), a.inside().visible(t))))
		if err != nil {
			return false, fmt.Errorf("access to %s: %w", t.model, err)
		}
		if n != len(batch) {
			return false, nil
		}
	}
	return true, nil
}

// Any reports whether there is a row of T that a may see.
func Any[T any](ctx context.Context, c Conn, a Access) (bool, error) {
	n, err := c.reader().count(ctx, "?", a.withShared(sqlf("SELECT count(*) FROM (SELECT 1 FROM (?) v LIMIT 1) x", a.inside().visible(tableFor[T]()))))
	return n > 0, err
}

// Among returns which of these rows of T a may see.
func Among[T any](ctx context.Context, c Conn, a Access, ids []int) (map[int]bool, error) {
	found, err := Visible[T](ctx, c, a, append([]int{}, ids...))
	visible := make(map[int]bool, len(found))
	for _, id := range found {
		visible[id] = true
	}
	return visible, err
}

// Visible lists, of these keys of rows of T, those that a may see; nil stands for every key.
func Visible[T any](ctx context.Context, c Conn, a Access, ids []int) ([]int, error) {
	t := tableFor[T]()
	key := bun.Ident(t.key().name)
	const query = "SELECT ? FROM ? WHERE ? IN (?)"
	if ids == nil {
		return c.reader().ids(ctx, "?", a.withShared(sqlf(query+" ORDER BY ?", key, bun.Ident(t.name), key, a.inside().visible(t), key)))
	}
	found := []int{}
	for batch := range batches(ids) {
		some, err := c.reader().ids(ctx, "?", a.withShared(sqlf(query+" AND ? IN (?)", key, bun.Ident(t.name), key, a.inside().visible(t), key, bun.List(batch))))
		if err != nil {
			return nil, fmt.Errorf("access to %s: %w", t.model, err)
		}
		found = append(found, some...)
	}
	return found, nil
}

// VisibleIDs tells which of these rows of T a may see.
func VisibleIDs[T any](ctx context.Context, c Conn, a Access, ids []int) (map[int]bool, error) {
	t := tableFor[T]()
	seen := map[int]bool{}
	for batch := range batches(ids) {
		found, err := c.reader().ids(ctx, "?", a.withShared(sqlf("SELECT ? FROM ? WHERE ? IN (?) AND ? IN (?)", bun.Ident(t.key().name), bun.Ident(t.name),
			bun.Ident(t.key().name), bun.List(batch), bun.Ident(t.key().name), a.inside().visible(t))))
		if err != nil {
			return nil, fmt.Errorf("access to %s: %w", t.model, err)
		}
		for _, id := range found {
			seen[id] = true
		}
	}
	return seen, nil
}

// Accessible lists the rows of T that a may see, by key.
func Accessible[T any](ctx context.Context, c Conn, a Access) ([]*T, error) {
	return list[T](ctx, c, func(q *bun.SelectQuery) *bun.SelectQuery { return a.restrict(q, tableFor[T]()) })
}
