package login

import (
	"crypto/hmac"
	"errors"
	"net/http"

	"github.com/gotera/gotera/core/store"
)

// Begin remembers in a cookie that u gave the right password, for the further steps of the login. A service's code
// stays.
func (l *Login) Begin(w http.ResponseWriter, r *http.Request, u *store.User) {
	former, _ := l.readSession(r)
	l.setSession(w, session{User: u.UUID, Mark: l.mark(u), Code: former.code(), CodeUntil: former.CodeUntil})
}

// UserSession accepts that cookie only.
func (l *Login) UserSession(r *http.Request) (Identity, error) {
	s, ok := l.readSession(r)
	if !ok || s.User == "" {
		return Identity{}, deniedString
	}
	u, err := l.cfg.Store.UserByUUID(r.Context(), s.User)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Identity{}, deniedString
	case err != nil:
		return Identity{}, err
	case !u.Enabled, !hmac.Equal([]byte(s.Mark), []byte(l.mark(u))):
		return Identity{}, deniedString
	}
	return Identity{User: u}, nil
}
