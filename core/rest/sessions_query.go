package rest

import (
	"context"
	"math"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

// sessionParams are the filters that every list of sessions takes.
var sessionParams = []param{
	{name: "status", kind: integer, help: "Limit to specific session status"},
	{name: "limit", kind: integer, help: "Maximum number of results to return"},
	{name: "offset", kind: integer, help: "Number of items to ignore in results, offset from 0-index"},
	{name: "start_date", kind: date, help: "Start date, sessions before that date will be ignored"},
	{name: "end_date", kind: date, help: "End date, sessions after that date will be ignored"},
	{name: "list", kind: boolean, help: "Flag that limits the returned data to minimal information"},
}

// sessionQuery reads sessionParams.
func (c *call) sessionQuery() store.SessionQuery {
	q := store.SessionQuery{
		From: c.args.optionalDate("start_date"), To: c.args.optionalDate("end_date"),
		Limit: clamp(c.args.int("limit")), Offset: clamp(c.args.int("offset")),
	}
	if c.args.has("status") {
		status := core.SessionStatus(clamp(c.args.int("status")))
		q.Status = &status
	}
	return q
}

// clamp keeps a count within what databases take.
func clamp(n int) int { return max(0, min(n, math.MaxInt32)) }

// withSessionTypes gives add the type of each session.
func (a *API) withSessionTypes(ctx context.Context, sessions []*store.Session, add func(i int, t *store.SessionType) error) error {
	types, err := store.ByIDs[store.SessionType](ctx, a.store, idsOf(sessions, func(s *store.Session) int { return s.TypeID }))
	if err != nil {
		return err
	}
	for i, s := range sessions {
		if t := types[s.TypeID]; t != nil {
			if err := add(i, t); err != nil {
				return err
			}
		}
	}
	return nil
}
