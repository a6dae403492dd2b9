package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core/store"
)

// mayAdmin reports whether the caller administers all these rows.
func mayAdmin[T any](c *call, ids ...int) (bool, error) {
	return store.Can[T](c.ctx(), c.api.store, c.access().Admin(), ids...)
}

// mustAdmin is mayAdmin with a refusal.
func mustAdmin[T any](c *call, refusal error, ids ...int) error {
	ok, err := mayAdmin[T](c, ids...)
	if err == nil && !ok {
		return refusal
	}
	return err
}

// superUser reports whether the caller is a super-administrator.
func (c *call) superUser() bool { return c.id.User != nil && c.id.User.SuperAdmin }

// superAdmin refuses everybody but super-administrators.
func (c *call) superAdmin() error {
	if !c.superUser() {
		return errForbidden
	}
	return nil
}

// find reads one row, whoever may see it; missing is the refusal when there is none.
func find[T any](c *call, id int, missing error) (*T, error) {
	row, err := store.Get[T](c.ctx(), c.api.store, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, missing
	}
	return row, err
}

// write runs f in a transaction and says what refused it in OpenTera's words.
func (c *call) write(f func(tx *store.Tx) error) error {
	err := c.api.store.Write(c.ctx(), f)
	if _, known := errors.AsType[*failure](err); known {
		return err
	}
	return stored(err)
}

// save creates a row of T from o when id is zero, else changes the row with that id.
func save[T any](c *call, tx *store.Tx, id int, o object) (*T, error) {
	if id == 0 {
		return store.InsertJSON[T](c.ctx(), tx, store.Object(o))
	}
	return store.UpdateJSON[T](c.ctx(), tx, id, store.Object(o))
}

// deleteRow deletes a row of T. texts say, by the table that stands in the way, why that is impossible (core.md 4.1).
func deleteRow[T any](c *call, id int, texts map[string]string) error {
	err := c.api.store.Write(c.ctx(), func(tx *store.Tx) error { return store.Delete[T](c.ctx(), tx, id) })
	return stored(refused(err, texts))
}

// refused turns an integrity error into the text for the table that it names, if there is one. Other errors pass.
func refused(err error, texts map[string]string) error {
	if integrity, ok := errors.AsType[*store.IntegrityError](err); ok {
		if text := texts[integrity.Table]; text != "" {
			return fail(http.StatusInternalServerError, text)
		}
	}
	return err
}

// saved creates or changes a row of T alone and answers with a list of it.
func saved[T any](c *call, id int, o object) (any, error) {
	one, err := savedOne[T](c, id, o)
	if err != nil {
		return nil, err
	}
	return []any{one}, nil
}

// savedOne is saved with the object itself as the answer.
func savedOne[T any](c *call, id int, o object) (any, error) {
	var row *T
	err := c.write(func(tx *store.Tx) (err error) {
		row, err = save[T](c, tx, id, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return store.JSONOf(c.ctx(), c.api.store, store.Full, any(row).(store.Row))
}

// saved answers a POST with a list of the row that was written, unless that failed.
func (c *call) saved(row store.Row, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	o, err := store.JSONOf(c.ctx(), c.api.store, store.Full, row)
	return []store.Object{o}, err
}

// wrappedList is the list of objects under key in the JSON body; one object counts as a list of one.
func (c *call) wrappedList(key, missing string) ([]object, error) {
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	if _, ok := body[key]; !ok {
		return nil, fail(http.StatusBadRequest, missing)
	}
	return body.objects(key)
}

// objects is the list of objects under key, one object as a list of one, nil when it is missing or null.
func (o object) objects(key string) ([]object, error) {
	switch v := o[key].(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return []object{v}, nil
	case []any:
		if len(v) > maxList {
			return nil, failArgument(key, "is too long")
		}
		list := make([]object, len(v))
		for i, item := range v {
			m, ok := item.(map[string]any)
			if !ok {
				return nil, failArgument(key, "must be a list of objects")
			}
			list[i] = m
		}
		return list, nil
	}
	return nil, failArgument(key, "must be an object or a list of objects")
}
