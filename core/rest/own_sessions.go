package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

// ownSession is a session that a participant or a device posts (core.md 4.3, 4.4).
type ownSession struct {
	column    string // which names the caller as its creator
	creatorID int
	createdBy func(*store.Session) *int
}

// postOwnSession creates a session (id 0), or changes one that the caller created. One that is sent again, with the name,
// type, day and participants of an earlier one, changes that one.
func (a *API) postOwnSession(c *call, own ownSession) (any, error) {
	o, err := c.wrapped("session", "Missing session")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_session")
	if err != nil {
		return nil, err
	}
	kind, err := o.id("id_session_type")
	if err != nil {
		return nil, err
	}
	if id == 0 && o["session_participants"] == nil {
		return nil, fail(http.StatusBadRequest, "Missing session participants")
	}
	if err := must[store.SessionType](c, fail(http.StatusForbidden, "No access to session type"), kind); err != nil {
		return nil, err
	}
	uuids, _, err := o.texts("session_participants")
	if err != nil {
		return nil, err
	}
	if len(uuids) > maxMembers {
		return nil, failArgument("session_participants", "too many")
	}
	for _, key := range []string{"session_name", "session_start_datetime"} {
		if id == 0 && o[key] == nil {
			return nil, fail(http.StatusBadRequest, "Missing argument '"+key+"'")
		}
	}
	if id > 0 {
		unauthorized := fail(http.StatusForbidden, "Unauthorized")
		s, err := find[store.Session](c, id, unauthorized)
		if err != nil {
			return nil, err
		}
		if by := own.createdBy(s); by == nil || *by != own.creatorID {
			return nil, unauthorized
		}
	}
	own.claim(o)
	var s *store.Session
	err = c.write(func(tx *store.Tx) (err error) {
		s, err = own.save(c, tx, id, kind, o, uuids)
		return err
	})
	if err != nil {
		return nil, err
	}
	return store.JSONOf(c.ctx(), a.store, store.Full, s)
}

// claim leaves the caller as the only creator, and nothing that it cannot choose.
func (own ownSession) claim(o object) {
	for _, key := range []string{
		"id_session", "session_uuid", "session_participants", "id_creator_user", "id_creator_participant", "id_creator_device", "id_creator_service",
	} {
		delete(o, key)
	}
	o[own.column] = own.creatorID
}

func (own ownSession) save(c *call, tx *store.Tx, id, kind int, o object, uuids []string) (*store.Session, error) {
	if id > 0 {
		return save[store.Session](c, tx, id, o)
	}
	participants, err := tx.Companions(c.ctx(), c.access(), uuids)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail(http.StatusBadRequest, "Invalid participant uuid")
	}
	if err != nil {
		return nil, err
	}
	name, err := o.text("session_name")
	if err != nil {
		return nil, err
	}
	same, err := store.OwnSession{
		Creator: own.column, CreatorID: own.creatorID, Name: name, Type: kind, Start: o["session_start_datetime"], Participants: participants,
	}.Find(c.ctx(), tx)
	if err == nil {
		delete(o, "session_start_datetime") // it began when it was first sent
		return save[store.Session](c, tx, same.ID, o)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	s, err := save[store.Session](c, tx, 0, o)
	if err != nil {
		return nil, err
	}
	return s, tx.SetSessionMembers(c.ctx(), s.ID, core.KindParticipant, participants)
}
