package signaling

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
)

// robotSettle is how long changes of the room are gathered before the client is told: who comes brings several.
const robotSettle = 50 * time.Millisecond

// tell notes what concerns the client (teller): who is there, and messages to it.
func (b *robotConn) tell(m signal.ServerMessage, _ []byte) {
	switch m := m.(type) {
	case signal.PeerUpdate, signal.Left:
		b.wake()
	case signal.ServerText:
		if m.Topic == b.group {
			b.takeLocked(m)
		}
	case addressed:
		b.takeLocked(m.ServerText)
	}
}

// wake has the client shown the room as it is now, soon.
func (b *robotConn) wake() {
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// tendLoop keeps what the client sees, and whom it calls, as it should be.
func (b *robotConn) tendLoop(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-b.changed:
			settle := time.NewTimer(robotSettle)
			select {
			case <-settle.C:
			case <-ctx.Done():
				settle.Stop()
				return ctx.Err()
			}
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		timer.Reset(max(time.Until(b.tend(time.Now())), 0))
	}
}

// tend does what is due, and returns when there is something to do again.
func (b *robotConn) tend(now time.Time) (next time.Time) {
	b.room.mu.Lock()
	next = now.Add(time.Hour)
	var closing []*sfu.Peer
	if b.peer != nil && !b.peer.gone {
		closing = b.showLocked()
		b.askLocked(now)
		if !b.succeedBy.IsZero() && !now.Before(b.succeedBy) {
			b.succeedLocked(now)
		}
		if len(b.retired) > 0 && !now.Before(b.retireBy) {
			closing = append(closing, b.retiredLocked()...)
		}
		next = b.nextLocked(next)
	}
	b.room.mu.Unlock()
	closeMedia(closing)
	return next
}

// nextLocked is the first of the times at which tend has something to do.
func (b *robotConn) nextLocked(next time.Time) time.Time {
	sooner := func(t time.Time) {
		if !t.IsZero() && t.Before(next) {
			next = t
		}
	}
	sooner(b.succeedBy)
	if len(b.retired) > 0 {
		sooner(b.retireBy)
	}
	for _, rem := range b.remotes {
		if rem.call == nil {
			sooner(rem.due)
		}
	}
	return next
}

// showLocked tells the client who is there, if that has changed. It returns the connections to close: of those who left.
func (b *robotConn) showLocked() (closing []*sfu.Peer) {
	now := time.Now()
	_, keep := b.clientsLocked(now)
	before := len(b.remotes)
	for key, rem := range b.remotes {
		if !keep[key] {
			closing = append(closing, b.forgetLocked(rem, now)...)
		}
	}
	if len(b.remotes) < before {
		closing = append(closing, b.inheritLocked(now)...)
	}
	if len(b.remotes) == 0 {
		b.restedLocked()
	}
	list, _ := b.clientsLocked(now) // with the ids that inheritLocked may have renewed
	raw, err := json.Marshal(list)
	if err != nil {
		panic(err) // of text, and data that was found to be JSON
	}
	b.publishLocked()
	if bytes.Equal(raw, b.clients) {
		return closing
	}
	b.clients, b.told = raw, b.told[:0]
	for _, c := range list {
		b.told = append(b.told, c.ID)
	}
	b.send(robotClients, json.RawMessage(raw))
	return closing
}

// askLocked asks the client to call those whom it has not called for too long.
func (b *robotConn) askLocked(now time.Time) {
	ids := []string{}
	for _, id := range b.idsLocked() {
		rem := b.byID[id]
		if rem.call != nil || rem.due.IsZero() || now.Before(rem.due) {
			continue
		}
		ids = append(ids, id)
		rem.tries++
		rem.due = now.Add(firstCall << rem.tries)
		if rem.tries == maxCalls {
			rem.due = time.Time{}
		}
	}
	if len(ids) > 0 {
		b.send(robotMakeCall, ids)
	}
}
