package signaling

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

// refusedFor is how long a client that was refused stays connected.
const refusedFor = time.Second

var endRefused = ending{reason: signal.ReasonError, text: "wrong password or protocol version"}

// robotKinds are the kinds of keys that robots may have, in the order in which they are tried.
var robotKinds = []string{control.Device, control.Participant, control.User}

// admitRobot returns who holds a password: a key of any kind. The shared key is a device's.
func (r *room) admitRobot(password string) (found identity, ok bool) {
	for _, kind := range robotKinds { // all of them: the time says nothing about the key
		if who, opens := r.admit(kind, password); opens && !ok {
			found, ok = who, true
		}
	}
	return found, ok
}

// joinRoom makes the peer. A client that repeats it is told the same again.
func (b *robotConn) joinRoom(raw json.RawMessage) error {
	d, err := decodeRobotData[joinRoomData](raw)
	if err == nil {
		err = d.check()
	}
	if b.peer != nil {
		return errors.New("joined already")
	}
	if err == nil && b.room.untold(d.Password, robotKinds) {
		b.awaitSession()
	}
	if err == nil {
		err = b.enter(d)
	}
	if err != nil {
		b.refuse()
	}
	return err
}

// awaitSession waits for rehab to tell a room that has just been started who is invited.
func (b *robotConn) awaitSession() {
	wait := time.NewTimer(b.room.limits.join / 2)
	defer wait.Stop()
	select {
	case <-b.room.told:
	case <-wait.C:
	case <-b.room.ctx.Done():
	}
}

// refuse tells the client, as the protocol has it, and closes after a moment.
func (b *robotConn) refuse() {
	b.room.mu.Lock()
	again := b.refused
	b.refused = true
	b.room.mu.Unlock()
	if again {
		return
	}
	b.send(robotJoined, "")
	time.AfterFunc(refusedFor, func() {
		b.room.mu.Lock()
		defer b.room.mu.Unlock()
		b.end(endRefused)
	})
}

// enter gives the client a place in the session and in its group.
func (b *robotConn) enter(d joinRoomData) error {
	who, ok := b.room.admitRobot(d.Password)
	if !ok {
		return endRefused
	}
	r := b.room
	r.mu.Lock()
	who, err := r.admittedLocked(who)
	seat := "robot:" + d.Room + "\x00" + d.Name
	switch {
	case err != nil:
	case b.refused:
		err = endRefused
	case r.robotsLocked(who, seat) >= maxRobots:
		err = endFull
	}
	if err != nil {
		r.mu.Unlock()
		return err
	}
	if !who.verified {
		who.name = d.Name
	}
	p := newPeer(r, who, b)
	p.seat = seat
	if !who.verified {
		p.seat = string(p.id) // many may have the same name
	} else if d.Name != who.name {
		p.alias = d.Name
	}
	p.media = nil // its connections are made one by one
	b.who, b.group, b.name, b.data = who, d.Room, d.Name, d.Data
	p.state, p.quiet = b.stateLocked(nil), true
	closing, err := r.enterLocked(p)
	if err != nil {
		r.mu.Unlock()
		closeMedia(closing)
		return err
	}
	b.peer = p
	b.send(robotJoined, b.id)
	closing = append(closing, b.showLocked()...)
	r.mu.Unlock()
	closeMedia(closing)
	b.wake()
	r.log.Info("robot joined", "peer", p.id, "kind", who.kind, "verified", who.verified)
	return nil
}

// maxRobots is how many robots' clients may be there with one invitee's key: they do not keep everybody else out.
const maxRobots = 8

// robotsLocked counts those of who, but for the one that has a seat. Who has the shared key may bring any number.
func (r *room) robotsLocked(who identity, seat string) (n int) {
	for _, p := range r.peers {
		if robotOf(p) != nil && who.verified && p.who.same(who) && p.seat != seat {
			n++
		}
	}
	return n
}

// stateLocked is what the others are shown of it: what it sends, and the topic under which it takes messages.
func (b *robotConn) stateLocked(tracks []signal.Track) json.RawMessage {
	state := struct {
		Microphone bool   `json:"microphone"`
		Camera     bool   `json:"camera"`
		Room       string `json:"room"`
	}{Room: b.group}
	for _, t := range tracks {
		state.Microphone = state.Microphone || t.Kind == signal.KindAudio
		state.Camera = state.Camera || t.Kind == signal.KindVideo
	}
	raw, err := json.Marshal(state)
	if err != nil {
		panic(err) // text and booleans
	}
	return raw
}
