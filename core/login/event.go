package login

import (
	"context"
	"net/http"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/opentera"
)

// Short names for the enumerations of LoginEvent (core.md 8.4).
const (
	byToken       = opentera.LoginEvent_LOGIN_TYPE_TOKEN
	byPassword    = opentera.LoginEvent_LOGIN_TYPE_PASSWORD
	byCertificate = opentera.LoginEvent_LOGIN_TYPE_CERTIFICATE

	unknown       = opentera.LoginEvent_LOGIN_STATUS_UNKNOWN
	success       = opentera.LoginEvent_LOGIN_STATUS_SUCCESS
	wrongPassword = opentera.LoginEvent_LOGIN_STATUS_FAILED_WITH_WRONG_PASSWORD
	wrongUsername = opentera.LoginEvent_LOGIN_STATUS_FAILED_WITH_WRONG_USERNAME
	maxAttempts   = opentera.LoginEvent_LOGIN_STATUS_FAILED_WITH_MAX_ATTEMPTS_REACHED
	alreadyOnline = opentera.LoginEvent_LOGIN_STATUS_FAILED_WITH_ALREADY_LOGGED_IN
	invalidToken  = opentera.LoginEvent_LOGIN_STATUS_FAILED_WITH_INVALID_TOKEN
	disabled      = opentera.LoginEvent_LOGIN_STATUS_FAILED_WITH_DISABLED_ACCOUNT
	expiredToken  = opentera.LoginEvent_LOGIN_STATUS_FAILED_WITH_EXPIRED_TOKEN
)

type (
	loginType   = opentera.LoginEvent_LoginType
	loginStatus = opentera.LoginEvent_LoginStatus
)

// attempt is a login to be written in the journal of the logging service. It never holds a token, a password or the
// name that an unknown person typed, which is now and then a password (core.md 13.1, 8 and 9).
type attempt struct {
	how     loginType
	status  loginStatus
	kind    core.Kind // of uuid
	uuid    string    // "" when nobody is known
	message string
}

// journalSize bounds the entries that wait for Redis; further ones are lost.
const journalSize = 1024

// log writes an attempt down. It does not wait for Redis.
func (l *Login) log(r *http.Request, a attempt) {
	level, list := opentera.LogEvent_LOGLEVEL_ERROR, "log.error"
	if a.status == success {
		level, list = opentera.LogEvent_LOGLEVEL_INFO, "log.info"
	}
	c := describe(r)
	e := &opentera.LoginEvent{
		LogHeader: &opentera.LogEvent{
			Level: level, Timestamp: float64(time.Now().UnixMicro()) / 1e6, Sender: bus.Login, Message: a.message,
		},
		LoginType: a.how, LoginStatus: a.status,
		ClientName: c.name, ClientVersion: c.version, OsName: c.os, OsVersion: c.osVersion,
		ClientIp: ClientIP(r), ServerEndpoint: r.URL.Path,
	}
	switch a.kind {
	case core.KindUser:
		e.UserUuid = a.uuid
	case core.KindParticipant:
		e.ParticipantUuid = a.uuid
	case core.KindDevice:
		e.DeviceUuid = a.uuid
	case core.KindService:
		e.ServiceUuid = a.uuid
	}
	raw, err := proto.Marshal(bus.NewEvent(list, e))
	if err != nil {
		l.cfg.Log.Warn("login not written down", "error", err)
		return
	}
	select {
	case l.journal <- entry{list, raw}:
	default: // Redis has been away for long; the lists are bounded anyway
	}
}

type entry struct {
	list string
	raw  []byte
}

// keepJournal pushes entries to Redis until ctx ends.
func (l *Login) keepJournal(ctx context.Context) error {
	for {
		select {
		case e := <-l.journal:
			if err := l.cfg.Bus.PushList(ctx, e.list, e.raw); err != nil && ctx.Err() == nil {
				l.cfg.Log.Warn("login not written down", "error", err)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Succeeded writes down that id logged in.
func (l *Login) Succeeded(r *http.Request, id Identity) { l.log(r, id.attempt(success)) }

// AlreadyOnline writes down that id was refused because it is online.
func (l *Login) AlreadyOnline(r *http.Request, id Identity) { l.log(r, id.attempt(alreadyOnline)) }

// Noticed writes down something odd about a login that did not fail by it; the entry names the program anyway.
func (l *Login) Noticed(r *http.Request, id Identity, what string) {
	a := id.attempt(unknown)
	a.message = what
	l.log(r, a)
}

func (id Identity) attempt(status loginStatus) attempt {
	a := attempt{how: byToken, status: status}
	switch {
	case id.User != nil:
		a.how, a.kind, a.uuid = byPassword, core.KindUser, id.User.UUID
	case id.Participant != nil:
		a.kind, a.uuid = core.KindParticipant, id.Participant.UUID
		if id.Full {
			a.how = byPassword
		}
	case id.Device != nil:
		a.kind, a.uuid = core.KindDevice, id.Device.UUID
		if id.Token == "" {
			a.how = byCertificate
		}
	}
	return a
}
