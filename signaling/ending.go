package signaling

import (
	"fmt"
	"strings"

	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// ending is why a peer and its websocket end. It is an error so that a message's handler can return it.
type ending struct {
	reason string // of ended and left
	code   int    // of the websocket's close frame; 0: the websocket is gone already
	text   string // for support: in ended, in the close frame, in the log
	again  bool   // no ended is sent: the peer is to join again by itself
}

func (e ending) Error() string { return e.text }

var (
	endStopped  = ending{reason: signal.ReasonStopped, code: signal.CloseStopped, text: "the session is over"}
	endShutdown = ending{reason: signal.ReasonShutdown, code: signal.CloseShutdown, text: "the room is restarting"}
	endRemoved  = ending{reason: signal.ReasonRemoved, code: signal.CloseRemoved, text: "removed from the session"}
	endReplaced = ending{reason: signal.ReasonReplaced, code: signal.CloseReplaced, text: "joined from another page"}
	endFull     = ending{reason: signal.ReasonFull, code: signal.CloseFull, text: "the room is full"}
	endLeft     = ending{reason: signal.ReasonLeft, code: websocket.CloseNormalClosure, text: "goodbye", again: true}
	endLost     = ending{reason: signal.ReasonLost, text: "its connection did not come back"}
	endFlood    = ending{reason: signal.ReasonError, code: signal.CloseTooMany, text: "too many messages"}
	endNoJoin   = ending{reason: signal.ReasonError, code: signal.CloseNoJoin, text: "the first message was not join, or did not come in time"}

	// The peer outlives its websocket after these.
	endSlow   = ending{code: signal.CloseTooMany, text: "too slow: messages wait for too long", again: true}
	endSilent = ending{code: signal.CloseSilent, text: "nothing was heard for too long", again: true}
	endMedia  = ending{reason: signal.ReasonError, code: signal.CloseError, text: "the media connection ended", again: true}
	endHasty  = ending{code: signal.CloseTooMany, text: "too many new media connections", again: true}
)

// resumable reports whether the peer outlives a websocket that ended so. Of endReplaced it is the peer that joined anew,
// or a new websocket that took it over: either way it is dealt with.
func (e ending) resumable() bool {
	return e == endSlow || e == endSilent || e == endReplaced || e == endMedia || e == endHasty
}

// endings of a whole room, by the reason in control.Stop.
var endings = map[string]ending{control.ReasonStopped: endStopped, control.ReasonShutdown: endShutdown}

// bad is the ending of a peer that broke the protocol.
func bad(format string, args ...any) ending {
	return ending{reason: signal.ReasonError, code: signal.CloseBad, text: fmt.Sprintf(format, args...)}
}

// cutToken splits a resume token into the peer's id and the rest.
func cutToken(token string) (id sfu.PeerID, secret string, ok bool) {
	head, secret, ok := strings.Cut(token, ".")
	return sfu.PeerID(head), secret, ok
}
