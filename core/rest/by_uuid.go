package rest

import (
	"context"
	"errors"
	"net/http"

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
