package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core/store"
)

// stored turns what the store refuses into an answer. A key that is no field rejects an update with 500, which clients
// of OpenTera know (core.md 1.6); a value of the wrong type is the client's fault. Two writers at the same moment are a
// 409, which upstream answers with its 500 for everything; its clients show the text of either.
func stored(err error) error {
	var field *store.FieldError
	var integrity *store.IntegrityError
	var duplicate *store.DuplicateError
	var weak *store.WeakPasswordError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &field) && !field.Unknown:
		return failArgument(field.Field, field.Reason)
	case errors.As(err, &weak):
		return fail(http.StatusBadRequest, "Password not strong enough: "+weaknesses(weak, ","))
	case errors.Is(err, store.ErrSamePassword):
		return fail(http.StatusBadRequest, "New password same as old password")
	case errors.Is(err, store.ErrUsernameTaken):
		return fail(http.StatusInternalServerError, "Participant username already in use.")
	case errors.Is(err, store.ErrNotFound):
		return errForbidden
	case errors.As(err, &field), errors.As(err, &integrity), errors.As(err, &duplicate):
		return errDatabase
	case errors.Is(err, store.ErrStale):
		return errConflict
	}
	return err
}
