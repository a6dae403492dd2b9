package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

// byUUID reads the row that the argument uuid names; 400 when there is none.
func byUUID[T any](c *call, find func(ctx context.Context, uuid string) (*T, error)) (*T, error) {
	row, err := find(c.ctx(), c.args.text("uuid"))
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail(http.StatusBadRequest, "Missing arguments")
	}
	return row, err
}

// accountFinder finds the id of an account of that kind by its uuid.
func (c *call) accountFinder(kind core.Kind) func(context.Context, string) (int, error) {
	return func(_ context.Context, uuid string) (int, error) { return c.accountID(kind, uuid) }
}

func (a *API) sessionID(ctx context.Context, uuid string) (int, error) {
	s, err := a.store.SessionByUUID(ctx, uuid)
	if err != nil {
		return 0, err
	}
	return s.ID, nil
}

func (a *API) testTypeID(ctx context.Context, uuid string) (int, error) {
	t, err := a.store.TestTypeByUUID(ctx, uuid)
	if err != nil {
		return 0, err
	}
	return t.ID, nil
}
