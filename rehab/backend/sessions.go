package backend

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"
)

// Paths of the service API.
const (
	SessionsPath = "/api/service/sessions"
	EventsPath   = "/api/service/sessions/events"
)

// Statuses of a session row (core.md 1.7).
const (
	NotStarted = 0
	InProgress = 1
	Completed  = 2
	Cancelled  = 3
	Terminated = 4
)

// Types of session events (core.md 1.7).
const (
	GeneralError       = 0
	GeneralInfo        = 1
	GeneralWarning     = 2
	SessionStart       = 3
	SessionStop        = 4
	SessionJoin        = 12
	SessionLeave       = 13
	SessionJoinRefused = 14
)

// Session reads a row with its events. A missing row is a *StatusError or an error that Missing reports.
func (c *Client) Session(ctx context.Context, id int64) (Row, error) {
	return first(c.Get(ctx, SessionsPath, url.Values{"id_session": {strconv.FormatInt(id, 10)}, "with_events": {"True"}}))
}

// SessionByUUID is Session for those who only know the uuid.
func (c *Client) SessionByUUID(ctx context.Context, uuid string) (Row, error) {
	return first(c.Get(ctx, SessionsPath, url.Values{"uuid_session": {uuid}, "with_events": {"True"}}))
}

// PostSession creates (id_session 0) or changes a row, and returns it whole.
func (c *Client) PostSession(ctx context.Context, fields Row) (Row, error) {
	return first(c.Post(ctx, SessionsPath, map[string]any{"session": fields}))
}

// PostEvent records a session event and returns it.
func (c *Client) PostEvent(ctx context.Context, body json.RawMessage) (Row, error) {
	return first(c.call(ctx, "POST", EventsPath, body))
}

// EventBody is the body that records an event. Its time is local without a zone, as the core expects (rehab.md 3).
func EventBody(id int64, typ int, at time.Time, context, text string) json.RawMessage {
	event := map[string]any{
		"id_session_event": 0, "id_session": id, "id_session_event_type": typ,
		"session_event_datetime": at.Local().Format("2006-01-02 15:04:05.000000"),
		"session_event_context":  context,
	}
	if text != "" {
		event["session_event_text"] = text
	}
	raw, err := json.Marshal(map[string]any{"session_event": event})
	if err != nil {
		panic(err) // numbers and strings
	}
	return raw
}

// Participant is the core's object of one participant.
func (c *Client) Participant(ctx context.Context, uuid string) (Row, error) {
	return first(c.Get(ctx, "/api/service/participants", url.Values{"participant_uuid": {uuid}}))
}

// Device is the core's object of one device.
func (c *Client) Device(ctx context.Context, uuid string) (Row, error) {
	return first(c.Get(ctx, "/api/service/devices", url.Values{"device_uuid": {uuid}}))
}

// Participants are the uuids of the participants that a user may see.
func (c *Client) Participants(ctx context.Context, userUUID string) (map[string]bool, error) {
	raw, err := c.Get(ctx, "/api/service/access", url.Values{"from_user_uuid": {userUUID}, "with_participants": {"true"}})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Participants []struct {
			UUID string `json:"uuid"`
		} `json:"participants"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, err
	}
	set := make(map[string]bool, len(answer.Participants))
	for _, p := range answer.Participants {
		set[p.UUID] = true
	}
	return set, nil
}
