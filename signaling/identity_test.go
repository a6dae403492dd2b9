package signaling

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

// Whatever a peer says of itself, by whatever protocol: to rehab and to the others it is whom its key names.
func TestNobodyIsWhomTheySayTheyAre(t *testing.T) {
	claims := fmt.Sprintf(`"kind":"user","uuid":%q,"name":%q,"verified":true,"canManage":true`, clinician.UUID, clinician.Name)
	for name, tt := range map[string]struct {
		who   control.Invitee
		shown string // its name for the others
		enter func(r *testRoom)
	}{
		"page": {patient, patient.Name, func(r *testRoom) {
			c := r.connect(patient)
			c.write(websocket.TextMessage, `{"type":"join","protocol":1,`+claims+`,"self":{`+claims+`},"state":{`+claims+`}}`)
			j := expect[signal.Joined](c)
			if j.Self.Kind != patient.Kind || j.Self.UUID != patient.UUID || j.Self.Name != patient.Name || j.CanManage {
				r.t.Errorf("it is told that it is %+v, manages: %v", j.Self, j.CanManage)
			}
		}},
		"robot": {robot, robot.Name + " (" + clinician.Name + ")", func(r *testRoom) {
			(&nativeClient{room: "r"}).joinRaw(r.t, r.deviceURL(), fmt.Sprintf(
				`{"name":%q,"room":"r","protocolVersion":2,"password":%q,"data":{%s},%s}`, clinician.Name, r.key(robot), claims,
				`"kind":"user","uuid":"`+clinician.UUID+`"`))
		}},
		"WHIP": {robot, robot.Name, func(r *testRoom) { r.claimByHTTP("/whip", r.offerOf(publishes)) }},
		"WHEP": {robot, robot.Name, func(r *testRoom) { r.claimByHTTP("/whep", r.offerOf(watches)) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := startRoom(t)
			events := r.events()
			watcher := r.connect(clinician)
			watcher.join()
			tt.enter(r)
			shown := expectThat(watcher, func(m signal.PeerUpdate) bool { return m.Peer.Connected }).Peer
			if shown.Kind != tt.who.Kind || shown.UUID != tt.who.UUID || shown.Name != tt.shown || !shown.Verified {
				t.Errorf("the others are shown %+v", shown)
			}
			told := await(t, events, "joined", func(e control.Event) bool { return e.Type == control.EventJoined && e.Peer.ID == shown.ID }).Peer
			if told.Kind != tt.who.Kind || told.UUID != tt.who.UUID || told.Name != tt.who.Name || !told.Verified {
				t.Errorf("rehab is told of %+v", told)
			}
		})
	}
}

// claimByHTTP publishes or watches as the robot, which says that it is the clinician.
func (r *testRoom) claimByHTTP(path, offer string) {
	r.t.Helper()
	target := r.at(path) + "?" + "name=Dr.+Roy&kind=user&verified=1&uuid=" + clinician.UUID
	res := r.request(http.MethodPost, target, offer, "Authorization", "Bearer "+r.key(robot), "Content-Type", typeSDP)
	if res.status != http.StatusCreated {
		r.t.Errorf("%s: %d %s", path, res.status, res.body)
	}
}

// Messages and requests are of whoever sends them.
func TestNobodySpeaksForAnother(t *testing.T) {
	r := startRoom(t)
	victim, other, c := r.connect(clinician), r.connect(robot), r.connect(patient)
	claimed := victim.join().Peer
	other.join()
	own := c.join().Peer
	c.write(websocket.TextMessage, fmt.Sprintf(`{"type":"message","topic":"chat","data":"x","from":%q,"peer":%q}`, claimed, claimed))
	if m := expect[signal.ServerText](other); m.From != own {
		t.Errorf("the message comes from %s, want %s", m.From, own)
	}
	c.write(websocket.TextMessage, `{"type":"request","action":"stop","by":{"kind":"user"}}`)
	if ended, _ := c.expectClose(signal.CloseBad); ended == nil || ended.Reason != signal.ReasonError {
		t.Errorf("a request that is not a participant's ends with %+v", ended)
	}
}
