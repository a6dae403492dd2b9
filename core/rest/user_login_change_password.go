package rest

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gotera/gotera/core/store"
)

var userLoginChangePasswordIn = params{strict: true, doc: "Changes the password of a user who has to.", list: []param{
	{name: "new_password", kind: text, required: true, help: "New password for the user"},
	{name: "confirm_password", kind: text, required: true, help: "Password confirmation for the user"},
}}

// maxPassword bounds a password, in bytes; bcrypt looks at 72.
const maxPassword = 1024

func (a *API) userLoginChangePassword(c *call) (any, error) {
	password := c.args.text("new_password")
	if _, err := a.authCode(c); err != nil {
		return nil, err
	}
	switch {
	case password != c.args.text("confirm_password"):
		return nil, fail(http.StatusBadRequest, "New password and confirm password do not match")
	case !c.id.User.ForcePasswordChange:
		return nil, fail(http.StatusBadRequest, "User not required to change password")
	case len(password) > maxPassword:
		return nil, fail(http.StatusBadRequest, "Password too long")
	}
	u := c.id.User
	err := a.store.Write(c.ctx(), func(tx *store.Tx) error { return tx.SetPassword(c.ctx(), u, password) })
	var weak *store.WeakPasswordError
	switch {
	case errors.As(err, &weak):
		return nil, fail(http.StatusBadRequest, weaknesses(weak, "<br>"))
	case errors.Is(err, store.ErrSamePassword):
		return nil, fail(http.StatusBadRequest, "New password same as old password")
	case err != nil:
		return nil, err
	}
	a.login.Begin(c.Writer, c.Request, u) // the former cookie went with the former password
	return "Password changed", nil
}

// weaknesses tells what a password lacks, in OpenTera's words.
func weaknesses(err *store.WeakPasswordError, separator string) string {
	words := map[store.Weakness]string{
		store.BadLength:   "Password not long enough",
		store.NoLowerCase: "Password missing lower case letter",
		store.NoUpperCase: "Password missing upper case letter",
		store.NoNumeric:   "Password missing numeric character",
		store.NoSpecial:   "Password missing special character",
	}
	texts := make([]string, len(err.Weaknesses))
	for i, w := range err.Weaknesses {
		texts[i] = words[w]
	}
	return strings.Join(texts, separator)
}
