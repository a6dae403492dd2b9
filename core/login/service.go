package login

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/proto/token"
)

// Service accepts a service token, in the Authorization header or as an argument, which param reads.
func (l *Login) Service(r *http.Request, param func() (string, error)) (Identity, error) {
	fail := func(status loginStatus, uuid string) (Identity, error) {
		l.log(r, attempt{how: byToken, status: status, kind: core.KindService, uuid: uuid})
		return Identity{}, deniedString
	}
	t, err := presented(r, param, "Invalid Token")
	if err != nil {
		return Identity{}, err
	}
	c, err := token.VerifyService(l.keys.get(serviceKeyVar), t)
	switch {
	case errors.Is(err, token.ErrExpired):
		return fail(expiredToken, "")
	case err != nil:
		return fail(invalidToken, "")
	}
	s, err := l.cfg.Store.ServiceByUUID(r.Context(), c.ServiceUUID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fail(invalidToken, c.ServiceUUID)
	case err != nil:
		return Identity{}, err
	case !s.Enabled:
		return fail(disabled, s.UUID)
	}
	if c.Expires().IsZero() {
		if _, told := l.endless.LoadOrStore(s.UUID, true); !told {
			l.cfg.Log.Info("a service uses tokens without end, which OpenTera's services sign for themselves", "service", s.Key)
		}
	}
	return Identity{Service: s, Token: t}, nil
}
