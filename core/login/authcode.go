package login

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/proto/bus"
)

// A service that wants a person to log in asks for a code, and sends the browser to /login with it. The login answers
// with the way back, and the service finds under the code who it was (core.md 9.9).
const (
	codeLife     = 5 * time.Minute // from the service's question to the end of the login
	codeBytes    = 32              // of randomness
	codeMaxBytes = 128             // of a code that a browser brings
)

var deniedCode = &Denied{http.StatusForbidden, "Invalid authentication code", String}

// AuthCode is a login on behalf of a service.
type AuthCode struct {
	code string
	data codeData
}

// codeData is the Redis variable of a code; services read it.
type codeData struct {
	Service  string          `json:"service_uuid"`
	Endpoint string          `json:"endpoint_url"`
	User     json.RawMessage `json:"user_data,omitempty"`
}

func codeVar(code string) string { return "service_auth_code_" + code }

// NewAuthCode makes a code for s; the browser will come back to endpoint, below the service's address.
func (l *Login) NewAuthCode(ctx context.Context, s *store.Service, endpoint string) (string, error) {
	code := newCode()
	raw, err := json.Marshal(codeData{Service: s.UUID, Endpoint: endpoint})
	if err != nil {
		return "", err
	}
	return code, l.cfg.Bus.Set(ctx, codeVar(code), string(raw), codeLife)
}

func newCode() string {
	random := make([]byte, codeBytes)
	_, _ = rand.Read(random) // does not fail
	return base64.RawURLEncoding.EncodeToString(random)
}

// KeepAuthCode puts code into the browser's session for the steps of the login to come, in place of what it holds. An
// empty code takes a former one away.
func (l *Login) KeepAuthCode(w http.ResponseWriter, r *http.Request, code string) {
	if code == "" {
		if _, ok := l.readSession(r); ok {
			EndSession(w)
		}
		return
	}
	l.setSession(w, session{Code: code[:min(len(code), codeMaxBytes)], CodeUntil: time.Now().Add(2 * codeLife).Unix()})
}

// AuthCode is the code that the browser's session holds: nil without one, a refusal when it is unknown or too old.
func (l *Login) AuthCode(r *http.Request) (*AuthCode, error) {
	s, ok := l.readSession(r)
	if !ok || s.code() == "" {
		return nil, nil
	}
	raw, err := l.cfg.Bus.Get(r.Context(), codeVar(s.Code))
	if errors.Is(err, bus.ErrNotSet) {
		return nil, deniedCode
	}
	if err != nil {
		return nil, err
	}
	c := &AuthCode{code: s.Code}
	if json.Unmarshal([]byte(raw), &c.data) != nil {
		return nil, deniedCode
	}
	return c, nil
}

// Finish tells the service who logged in, and returns where the browser goes: with a new code, since the one with which
// the login began may be known to somebody who sent this person here. A code begins one login only.
func (l *Login) Finish(ctx context.Context, c *AuthCode, answer any) (string, error) {
	s, err := l.cfg.Store.ServiceByUUID(ctx, c.data.Service)
	if errors.Is(err, store.ErrNotFound) || err == nil && !s.Enabled {
		return "", &Denied{http.StatusBadRequest, "Invalid service", Plain}
	}
	if err != nil {
		return "", err
	}
	if _, err := l.cfg.Bus.Take(ctx, codeVar(c.code)); errors.Is(err, bus.ErrNotSet) {
		return "", deniedCode
	} else if err != nil {
		return "", err
	}
	if c.data.User, err = json.Marshal(answer); err != nil {
		return "", err
	}
	raw, err := json.Marshal(c.data)
	if err != nil {
		return "", err
	}
	// As long as the token that it holds, and not for ever.
	code := newCode()
	if err := l.cfg.Bus.Set(ctx, codeVar(code), string(raw), tokenLife); err != nil {
		return "", err
	}
	return returnAddress(s.ClientEndpoint, c.data.Endpoint) + "?auth_code=" + url.QueryEscape(code), nil
}

// returnAddress joins a service's address and a path below it, with one slash at each seam and at the end.
func returnAddress(service, endpoint string) string {
	var b strings.Builder
	for _, r := range service + "/" + endpoint + "/" {
		if said := b.String(); r == '/' && strings.HasSuffix(said, "/") && !strings.HasSuffix(said, ":/") {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
