package rest

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/gotera/gotera/core/store"
)

// TestStored: what the store refuses has a status that clients know; what is our own fault goes to the log.
func TestStored(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int // 0: not for the client
	}{
		{store.ErrStale, http.StatusConflict},
		{store.ErrNotFound, http.StatusForbidden},
		{store.ErrSamePassword, http.StatusBadRequest},
		{store.ErrUsernameTaken, http.StatusInternalServerError},
		{&store.DuplicateError{Table: "t_users", Column: "user_username"}, http.StatusInternalServerError},
		{&store.IntegrityError{Table: "t_users"}, http.StatusInternalServerError},
		{&store.FieldError{Field: "a", Unknown: true}, http.StatusInternalServerError},
		{&store.FieldError{Field: "a"}, http.StatusBadRequest},
		{&store.SequenceError{Table: "t_users"}, 0},
		{errors.New("connection refused"), 0},
	} {
		err := stored(fmt.Errorf("update: %w", tt.err))
		status := 0
		if f, ok := errors.AsType[*failure](err); ok {
			status = f.status
		}
		if status != tt.status {
			t.Errorf("stored(%v) = %v, want status %d", tt.err, err, tt.status)
		}
	}
	if err := stored(nil); err != nil {
		t.Errorf("stored(nil) = %v", err)
	}
}
