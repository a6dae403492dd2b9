// Package control is what rehab and a room process agree on: the environment a room is launched with, the messages of
// the control API that the room serves on a unix socket, and the keys of invitees' URLs. Start at Session and Event;
// Client is rehab's side, the room's side is in the signaling package.
//
// The control API is HTTP/1.1 without a key: the socket has mode 0600 and belongs to the account of rehab.
//
//	PUT  /session  body Session: replaces the list of invitees; 204 once removed invitees' peers are closed
//	GET  /events   newline-separated JSON Events, "state" first; end of stream means that the room is dead
//	GET  /quality  one Event of type "quality", measured now
//	POST /stop     body Stop: every peer is told, then the process ends with code 0 within 1 s
package control

import "time"

// What a room launched by rehab finds in its environment. Secrets are not in the arguments, which others can read.
const (
	EnvRoomKey       = "GOTERA_ROOM_KEY"       // the shared key of the session, a uuid4
	EnvRoomSecret    = "GOTERA_ROOM_SECRET"    // hex of 32 bytes: makes the invitee keys
	EnvRedisPassword = "GOTERA_REDIS_PASSWORD" // may be unset
	EnvControlFD     = "GOTERA_CONTROL_FD"     // number of an inherited, listening unix socket: serve the control API on it
	EnvLockFD        = "GOTERA_LOCK_FD"        // number of an inherited file with a flock on it: keep open until the end
	EnvTURNKey       = "GOTERA_TURN_KEY"       // hex of turncred.RoomKey: makes TURN credentials; may be unset
)

// Descriptors at which rehab passes the two files.
const (
	ControlFD = 3
	LockFD    = 4
)

// Exit codes of a room process; the reason is the last line on its standard error.
const (
	ExitStopped  = 0
	ExitFailed   = 1
	ExitUsage    = 2 // bad flags or environment
	ExitPortUsed = 3 // another process listens on the HTTP or the media port
	ExitMemory   = 4 // it used more memory than it may; peers were told to come back
)

// Kinds of accounts. The page of a kind is the kind with an "s".
const (
	User        = "user"
	Participant = "participant"
	Device      = "device"
)

// Statuses of an invitee.
const (
	Invited      = "invited"
	Online       = "online"       // invited, and its websocket to the core is open
	Opening      = "opening"      // has fetched the session page
	InRoom       = "in_room"      // has a connected peer
	Reconnecting = "reconnecting" // its peer lost its websocket and may come back
	Left         = "left"
	Refused      = "refused"
	Busy         = "busy"
	NoAnswer     = "no_answer" // invited and silent for 60 s
	Removed      = "removed"
)

// Who names an account.
type Who struct {
	Kind string `json:"kind"` // user, participant or device; service for a creator only
	UUID string `json:"uuid"`
}

// Invitee is one whose own key opens the room.
type Invitee struct {
	Kind   string `json:"kind"`
	UUID   string `json:"uuid"`
	Name   string `json:"name"`
	Status string `json:"status"`
}

// Session is what a room knows about its session; each PUT carries all of it.
type Session struct {
	UUID      string    `json:"session_uuid"`
	Name      string    `json:"session_name"`
	StartedAt time.Time `json:"started_at"` // RFC 3339
	Creator   Who       `json:"creator"`
	Invitees  []Invitee `json:"invitees"`
}

// Peer is one connected endpoint.
type Peer struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	UUID      string `json:"uuid"`
	Name      string `json:"name"`
	Verified  bool   `json:"verified"`        // joined with an invitee key; otherwise uuid and name are its own claim
	Connected bool   `json:"connected"`       // false while its websocket may be resumed
	Waits     bool   `json:"waits,omitempty"` // does not come back by itself when it loses the room: it waits for an invitation
}

// Types of events.
const (
	EventState   = "state"   // first line: Ready, Peers
	EventReady   = "ready"   // the room takes peers from now on
	EventPage    = "page"    // Kind, UUID: an invitee has fetched its page
	EventJoined  = "joined"  // Peer; also when its Connected changed
	EventLeft    = "left"    // Peer, Reason
	EventRequest = "request" // Action, By, Target: asked by a verified user in the session page
	EventQuality = "quality" // Quality: every 5 s, and of a peer just before it leaves
)

// Actions of a request.
const (
	ActionStop   = "stop"
	ActionRemove = "remove"
)

// Event is one line of GET /events; which fields are set depends on Type.
type Event struct {
	Type   string `json:"type"`
	Ready  bool   `json:"ready,omitempty"`
	Peers  []Peer `json:"peers,omitempty"`
	Peer   *Peer  `json:"peer,omitempty"`
	Kind   string `json:"kind,omitempty"`
	UUID   string `json:"uuid,omitempty"`
	Reason string `json:"reason,omitempty"`
	Action string `json:"action,omitempty"`
	By     *Who   `json:"by,omitempty"`
	Target *Who   `json:"target,omitempty"`

	Quality *Quality `json:"quality,omitempty"`
}

// Reasons to stop a room, told to its peers.
const (
	ReasonStopped  = "stopped"  // the session is over
	ReasonShutdown = "shutdown" // the room will be back: peers try again
)

// Stop is the body of POST /stop.
type Stop struct {
	Reason string `json:"reason"`
}
