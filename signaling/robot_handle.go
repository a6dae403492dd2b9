package signaling

import (
	"errors"

	"github.com/gotera/gotera/sfu"
)

// errNotJoined is about a message before join-room.
var errNotJoined = errors.New("before join-room")

// errShouts is about a message that others would be told of.
var errShouts = errors.New("too many to all")

// handle is the table of what clients of the robots' protocol send. What is wrong with a message is logged and nothing
// more, as the reference server does.
func (b *robotConn) handle(raw []byte) {
	m, err := decodeRobotEvent(raw)
	if err == nil {
		err = b.take(m)
	}
	if err != nil {
		b.log.Debug("robot's message ignored", "event", knownEvent(m.Event), "reason", err.Error())
	}
}

func (b *robotConn) take(m robotEvent) error {
	if m.Event == robotJoinRoom {
		return b.joinRoom(m.Data)
	}
	if b.peer == nil { // only set on this goroutine
		return errNotJoined
	}
	switch m.Event {
	case robotCallAll:
		return b.callAll()
	case robotCallIDs:
		return b.callIDs(m.Data)
	case robotCallPeer:
		return b.callPeer(m.Data)
	case robotCandidate:
		return b.candidate(m.Data)
	case robotCloseCalls:
		return b.closeCalls()
	case robotAnswer:
		return nil // the room makes no offers
	}
	return errors.New("unknown")
}

// knownEvent is what may be logged of an event's name.
func knownEvent(event string) string {
	switch event {
	case robotJoinRoom, robotCallAll, robotCallIDs, robotCallPeer, robotCandidate, robotCloseCalls, robotAnswer:
		return event
	}
	return "other"
}

// callAll asks every client of the group to call whom it sees. Those who are connected ignore it. One that asks too often is
// heard by itself only: the queues of others end when they are full.
func (b *robotConn) callAll() error {
	heard := b.shouts.Allow()
	b.room.mu.Lock()
	var closing []*sfu.Peer
	for _, o := range b.groupLocked() {
		if o != b && !heard {
			continue
		}
		closing = append(closing, o.showLocked()...)
		o.send(robotMakeCall, o.idsLocked())
	}
	b.room.mu.Unlock()
	closeMedia(closing)
	return nil
}

// callIDs asks the client to call some of those whom it sees.
func (b *robotConn) callIDs(data []byte) error {
	ids, err := decodeRobotData[[]string](data)
	if err != nil {
		return err
	}
	b.room.mu.Lock()
	defer b.room.mu.Unlock()
	asked := map[string]bool{}
	for _, id := range ids {
		asked[id] = true
	}
	call := []string{}
	for _, id := range b.idsLocked() {
		if asked[id] {
			call = append(call, id)
		}
	}
	b.send(robotMakeCall, call)
	return nil
}

// closeCalls ends all calls of the group, for everybody in it to see that somebody wants it so.
func (b *robotConn) closeCalls() error {
	if !b.shouts.Allow() {
		return errShouts
	}
	b.room.mu.Lock()
	var closing []*sfu.Peer
	for _, o := range b.groupLocked() {
		o.send(robotCallsClosed, nil)
		closing = append(closing, o.hangUpLocked()...)
	}
	b.room.mu.Unlock()
	closeMedia(closing)
	return nil
}

// groupLocked is the robots of the same group, itself too, in order of joining.
func (b *robotConn) groupLocked() []*robotConn {
	var list []*robotConn
	for _, p := range b.room.sortedLocked() {
		if o := robotOf(p); o != nil && o.group == b.group {
			list = append(list, o)
		}
	}
	return list
}
