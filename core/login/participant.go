package login

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/proto/token"
)

// Participant accepts HTTP Basic, a dynamic token or the participant's static one. full asks for the role that the
// static token does not give (core.md 3.4).
func (l *Login) Participant(r *http.Request, full bool) (Identity, error) {
	var id Identity
	var err error
	if scheme, t := authorization(r); scheme == tokenScheme {
		id, err = l.participantToken(r, t)
	} else {
		id, err = l.participantPassword(r)
	}
	if err == nil && full && !id.Full {
		return Identity{}, deniedRole
	}
	return id, err
}

// ParticipantToken accepts a dynamic token only.
func (l *Login) ParticipantToken(r *http.Request) (Identity, error) {
	scheme, t := authorization(r)
	if scheme != tokenScheme {
		return Identity{}, denied
	}
	id, err := l.participantToken(r, t)
	if err == nil && !id.Full {
		return Identity{}, deniedRole
	}
	return id, err
}

func (l *Login) participantPassword(r *http.Request) (Identity, error) {
	ctx := r.Context()
	name, password, ok := r.BasicAuth()
	if !ok || name == "" {
		return Identity{}, denied
	}
	if limited, err := l.addressLimited(r); err != nil || limited {
		return Identity{}, refuse(err)
	}
	p, err := l.cfg.Store.ParticipantByUsername(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		if _, err := l.check(ctx, "", password); err != nil {
			return Identity{}, err
		}
		l.addressFailed(r)
		l.log(r, attempt{how: byPassword, status: wrongUsername})
		return Identity{}, denied
	}
	if err != nil {
		return Identity{}, err
	}
	key := participantAttempts(p.UUID)
	release, err := l.turns.take(ctx, key)
	if errors.Is(err, errTooMany) {
		return Identity{}, denied
	}
	if err != nil {
		return Identity{}, err
	}
	defer release()
	if ok, err := l.begin(ctx, key); err != nil || !ok {
		l.log(r, attempt{how: byPassword, status: maxAttempts, kind: core.KindParticipant, uuid: p.UUID})
		return Identity{}, refuse(err)
	}
	hash := ""
	if p.Password != nil {
		hash = *p.Password
	}
	ok, err = l.check(ctx, hash, password)
	if err != nil {
		return Identity{}, err
	}
	if enabled := p.Enabled && p.LoginEnabled; !ok || !enabled {
		l.addressFailed(r)
		status := wrongPassword
		if !enabled {
			status = disabled
		}
		l.log(r, attempt{how: byPassword, status: status, kind: core.KindParticipant, uuid: p.UUID})
		return Identity{}, denied
	}
	l.succeeded(ctx, key)
	return Identity{Participant: p, Full: true, Password: true}, nil
}

// participantToken tries the static token, which must be the one in the database, then a dynamic one.
func (l *Login) participantToken(r *http.Request, t string) (Identity, error) {
	fail := func(status loginStatus, uuid string) (Identity, error) {
		l.log(r, attempt{how: byToken, status: status, kind: core.KindParticipant, uuid: uuid})
		return Identity{}, denied
	}
	if t == "" {
		return fail(invalidToken, "")
	}
	p, err := l.cfg.Store.ParticipantByToken(r.Context(), t)
	switch {
	case err == nil && p.Enabled && p.TokenEnabled:
		return Identity{Participant: p, Token: t}, nil
	case err == nil:
		return fail(disabled, p.UUID)
	case !errors.Is(err, store.ErrNotFound):
		return Identity{}, err
	}
	if l.participants.has(t) {
		return fail(invalidToken, "")
	}
	c, err := token.VerifyParticipant(l.keys.get(participantKeyVar), t)
	switch {
	case errors.Is(err, token.ErrExpired):
		return fail(expiredToken, c.ParticipantUUID)
	case err != nil, c.Expires().IsZero():
		return fail(invalidToken, "")
	}
	p, err = l.cfg.Store.ParticipantByUUID(r.Context(), c.ParticipantUUID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fail(invalidToken, c.ParticipantUUID)
	case err != nil:
		return Identity{}, err
	case !p.Enabled:
		return fail(disabled, p.UUID)
	case c.Subject != "" && !hmac.Equal([]byte(c.Subject), []byte(l.participantMark(p))):
		return fail(invalidToken, p.UUID) // issued before the password or the right to log in changed (core.md 13.1, 7)
	}
	return Identity{Participant: p, Full: true, Token: t}, nil
}

// participantMark changes when the participant's password or right to log in does, so that older dynamic tokens die.
func (l *Login) participantMark(p *store.Participant) string {
	password := ""
	if p.Password != nil {
		password = *p.Password
	}
	h := hmac.New(sha256.New, []byte(l.keys.get(participantKeyVar)))
	fmt.Fprintf(h, "%s\n%s\n%t", p.UUID, password, p.LoginEnabled)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}

// ParticipantTokenFor issues a dynamic token; refresh makes it the shorter-lived kind.
func (l *Login) ParticipantTokenFor(p *store.Participant, refresh bool) (string, error) {
	c := token.ParticipantClaims{
		Standard:        token.Dynamic(life(refresh)),
		ParticipantUUID: p.UUID, ParticipantID: p.ID, FullName: p.Name,
	}
	c.Subject = l.participantMark(p)
	return token.SignParticipant(l.keys.get(participantKeyVar), c)
}
