package rest

import "github.com/gotera/gotera/core/store"

var participantSessionsIn = params{strict: true, doc: "Lists the sessions created by or with the participant.", list: append([]param{
	{name: "id_session", kind: integer, help: "ID of the session to query"},
	{name: "session_uuid", kind: text, help: "Session UUID to query"},
}, sessionParams...)}

func (a *API) getParticipantSessions(c *call) (any, error) {
	q := c.sessionQuery()
	q.Participant = c.id.Participant.ID
	if id := c.args.int("id_session"); id != 0 {
		q.IDs = []int{id}
	}
	if uuid := c.args.text("session_uuid"); uuid != "" {
		q.UUIDs = []string{uuid}
	}
	sessions, err := a.store.Sessions(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	return store.JSON(c.ctx(), a.store, mode(c.args.bool("list")), sessions...)
}

var participantSessionsPostIn = params{body: "session", doc: "Creates a session of the participant's own (id 0) or changes one."}

func (a *API) postParticipantSessions(c *call) (any, error) {
	return a.postOwnSession(c, ownSession{"id_creator_participant", c.id.Participant.ID, func(s *store.Session) *int { return s.CreatorParticipantID }})
}
