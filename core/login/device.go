package login

import (
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

// Device accepts the device's certificate, when a trusted proxy has verified it, its token in the Authorization header,
// or its token as an argument, which param reads.
func (l *Login) Device(r *http.Request, param func() (string, error)) (Identity, error) {
	if id := l.certificate(r); id != "" {
		d, err := l.cfg.Store.DeviceByUUID(r.Context(), id)
		if err == nil || !errors.Is(err, store.ErrNotFound) {
			return l.device(r, d, err, byCertificate, "")
		}
	}
	t, err := presented(r, param, "Invalid token")
	if err != nil {
		return Identity{}, err
	}
	if t == "" {
		l.log(r, attempt{how: byToken, status: invalidToken})
		return Identity{}, deniedString
	}
	d, err := l.cfg.Store.DeviceByToken(r.Context(), t)
	return l.device(r, d, err, byToken, t)
}

func (l *Login) device(r *http.Request, d *store.Device, err error, how loginType, t string) (Identity, error) {
	switch {
	case errors.Is(err, store.ErrNotFound):
		l.log(r, attempt{how: how, status: invalidToken})
		return Identity{}, deniedString
	case err != nil:
		return Identity{}, err
	case !d.Enabled:
		l.log(r, attempt{how: how, status: disabled, kind: core.KindDevice, uuid: d.UUID})
		return Identity{}, &Denied{http.StatusUnauthorized, "Disabled device", String}
	}
	return Identity{Device: d, Token: t}, nil
}

// presented returns the token of the Authorization header, else the argument's.
func presented(r *http.Request, param func() (string, error), malformed string) (string, error) {
	if r.Header.Get("Authorization") != "" {
		scheme, t := authorization(r)
		switch {
		case t == "":
			return "", &Denied{http.StatusUnauthorized, malformed, String}
		case scheme == tokenScheme:
			return t, nil
		}
	}
	return param()
}

// certificate is the UUID of the device whose certificate the proxy has verified, "" without one. A header that
// names the device itself is never believed: clients can send it (core.md 13.1, 4).
func (l *Login) certificate(r *http.Request) string {
	if !l.cfg.ClientCertificates || !FromProxy(r) || r.Header.Get("X-SSL-VERIFIED") != "SUCCESS" {
		return ""
	}
	id, isDevice := "", false
	for item := range strings.SplitSeq(r.Header.Get("X-SSL-CLIENT-DN"), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(item), "=")
		switch {
		case name == "UID" && len(value) == 36 && uuid.Validate(value) == nil: // not its other spellings
			id = value
		case name == "CN" && value == "Device":
			isDevice = true
		}
	}
	if !isDevice {
		return ""
	}
	return id
}
