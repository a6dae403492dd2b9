package signaling

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

// early opens a websocket of i with a join in its address.
func (r *testRoom) early(i control.Invitee, join string) *raw {
	r.t.Helper()
	c, status := r.dialRaw(fmt.Sprintf("/websocket/8080/%ss?key=%s&join=%s", i.Kind, url.QueryEscape(r.key(i)), url.QueryEscape(join)))
	if c == nil {
		r.t.Fatalf("websocket refused with %d", status)
	}
	go c.read()
	return c
}

const plainJoin = `{"type":"join","protocol":1,"name":"Mallory","uuid":"x","state":{"camera":false}}`

// A join in the address lets its peer in without another word. The message for older rooms follows, and counts for its state.
func TestJoinInTheAddress(t *testing.T) {
	r := startRoom(t)
	watcher := r.connect(clinician)
	watcher.join()
	c := r.early(patient, plainJoin)
	joined := expect[signal.Joined](c)
	if joined.Self.UUID != patient.UUID || joined.Self.Name != patient.Name || !joined.Self.Verified || joined.Resumed {
		t.Errorf("let in as %+v", joined.Self)
	}
	state := func(want string) {
		t.Helper()
		expectThat(watcher, func(m signal.PeerUpdate) bool { return m.Peer.ID == joined.Peer && string(m.Peer.State) == want })
	}
	state(`{"camera":false}`)
	c.send(signal.Join{Protocol: signal.Version, State: json.RawMessage(`{"camera":true}`)})
	state(`{"camera":true}`)
	c.send(signal.Join{Protocol: signal.Version})
	if ended, _ := c.expectClose(signal.CloseBad); ended == nil || !strings.Contains(ended.Text, "joined already") {
		t.Errorf("after a further join: %+v", ended)
	}
}

// Nothing is done for a join before the key is checked, and what the join says does not stand in for one.
func TestJoinInTheAddressNeedsAKey(t *testing.T) {
	r := startRoom(t)
	watcher := r.connect(clinician)
	watcher.join()
	for _, key := range []string{"", "wrong", r.key(stranger), r.key(clinician)} {
		target := fmt.Sprintf("/websocket/8080/participants?key=%s&join=%s", url.QueryEscape(key), url.QueryEscape(plainJoin))
		if c, status := r.dialRaw(target); c != nil || status != http.StatusForbidden {
			t.Errorf("key %.8q: status %d, want 403", key, status)
		}
	}
	joined := expect[signal.Joined](r.early(patient, plainJoin))
	if got := expect[signal.PeerUpdate](watcher).Peer.ID; got != joined.Peer { // the first that comes
		t.Errorf("the others were told of %s", got)
	}
}

// Who has the shared key tells a name, which does not belong into an address: the room waits for the message.
func TestJoinInTheAddressWithTheSharedKey(t *testing.T) {
	r := startRoom(t)
	c, _ := r.dialRaw("/websocket/8080/participants?key=" + sharedKey + "&join=" + url.QueryEscape(plainJoin))
	go c.read()
	select {
	case m := <-c.messages:
		t.Fatalf("before the message came %T", m)
	case <-time.After(50 * time.Millisecond):
	}
	if joined := c.joinWith(signal.Join{Protocol: signal.Version, Name: "Ann"}); joined.Self.Name != "Ann" {
		t.Errorf("let in as %+v", joined.Self)
	}
}

func TestBadJoinInTheAddress(t *testing.T) {
	r := startRoom(t)
	for _, tt := range []struct{ name, join, want string }{
		{"no JSON", `{"type":`, "not JSON"},
		{"another message", `{"type":"leave"}`, "another message"},
		{"other protocol", `{"type":"join","protocol":2}`, "protocol is 2"},
		{"long", `{"type":"join","protocol":1,"state":{"a":"` + strings.Repeat("x", signal.MaxEarly) + `"}}`, "at most 2048"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := r.early(patient, tt.join)
			c.t = t
			if ended, _ := c.expectClose(signal.CloseBad); ended == nil || !strings.Contains(ended.Text, tt.want) {
				t.Errorf("ended is %+v, want %q", ended, tt.want)
			}
		})
	}
}

// A peer is resumed with its token alone, which only the message has: the address names the peer. A room that does not know
// it, because it was started again, lets a new one in at once.
func TestResumeWithAJoinInTheAddress(t *testing.T) {
	r := startRoom(t)
	first := r.connect(patient)
	before := first.join()
	first.ws.Close() //nolint:errcheck // as a network that breaks
	naming := func(resume string) string { return fmt.Sprintf(`{"type":"join","protocol":1,"resume":%q}`, resume) }
	for _, resume := range []string{before.Peer, before.Resume} { // in an address the token is worth no more than the id
		c := r.early(patient, naming(resume))
		select {
		case m := <-c.messages:
			t.Fatalf("before the message came %T", m)
		case <-time.After(50 * time.Millisecond):
		}
		if after := c.joinWith(signal.Join{Protocol: signal.Version, Resume: before.Resume}); !after.Resumed || after.Peer != before.Peer {
			t.Errorf("resumed %v as %s, want %s", after.Resumed, after.Peer, before.Peer)
		}
		c.ws.Close() //nolint:errcheck // again
	}
	c := r.early(patient, naming("aaaaaaaaaaaaaaaa"))
	if after := expect[signal.Joined](c); after.Resumed || after.Peer == before.Peer {
		t.Errorf("resumed %v as %s", after.Resumed, after.Peer)
	}
}

// Who is let in by the address and never says a word may not have heard of it, and cannot come back: no ghost stays.
func TestJoinInTheAddressLeavesNoGhost(t *testing.T) {
	r := startRoom(t)
	watcher := r.connect(clinician)
	watcher.join()
	c := r.early(patient, plainJoin)
	id := expect[signal.Joined](c).Peer
	c.ws.Close() //nolint:errcheck // as a network that breaks
	expectThat(watcher, func(m signal.Left) bool { return m.Peer == id && m.Reason == signal.ReasonLost })

	c = r.early(patient, plainJoin)
	id = expect[signal.Joined](c).Peer
	c.write(websocket.TextMessage, `{"type":"pong"}`)
	c.send(signal.ClientText{Topic: "seen"})
	expectThat(watcher, func(m signal.ServerText) bool { return m.From == id })
	c.ws.Close() //nolint:errcheck // and this one may come back
	again := r.connect(patient)
	again.join()
	expectThat(watcher, func(m signal.Left) bool { return m.Peer == id && m.Reason == signal.ReasonReplaced })
}
