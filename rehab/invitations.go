package rehab

import (
	"encoding/json"

	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/opentera"
)

// joinMessage is what every invitation says (rehab.md 4.1).
const joinMessage = "Join me!"

// invite sends each of people its invitation, on its own topic and with its own URL, then a copy to the user manager.
func (n *session) invite(people []control.Who) {
	event := n.joinEvent()
	for _, kind := range kinds {
		for _, who := range people {
			if who.Kind != kind {
				continue
			}
			event = proto.Clone(event).(*opentera.JoinSessionEvent)
			event.SessionUrl = n.urlFor(who)
			n.svc.publish.event(bus.WebsocketEvents(who.Kind, who.UUID), event)
		}
	}
	n.svc.publish.userManager(event)
}

// inviteAll invites everybody in the session, unless it has been ended meanwhile.
func (n *session) inviteAll() {
	n.mu.Lock()
	people, over := n.members.active(), n.ending
	n.mu.Unlock()
	if !over {
		n.invite(people)
	}
}

// urlFor is the URL of a member, or the shared one of a creator who is none.
func (n *session) urlFor(who control.Who) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.members.find(who) == nil {
		return n.svc.sharedURL(n.spec, who.Kind)
	}
	return n.svc.inviteeURL(n.spec, who)
}

func (n *session) joinEvent() *opentera.JoinSessionEvent {
	n.mu.Lock()
	defer n.mu.Unlock()
	return &opentera.JoinSessionEvent{
		SessionCreatorName:  n.creatorName,
		SessionUuid:         n.uuid,
		SessionUsers:        n.members.uuids(control.User, true),
		SessionParticipants: n.members.uuids(control.Participant, true),
		SessionDevices:      n.members.uuids(control.Device, true),
		JoinMsg:             joinMessage,
		SessionParameters:   parametersText(n.info["session_parameters"]),
		ServiceUuid:         n.svc.uuid,
	}
}

// parametersText is JSON text: an object is written out, text is passed on as it is.
func parametersText(v any) string {
	switch p := v.(type) {
	case nil:
		return "{}"
	case string:
		if p == "" {
			return "{}"
		}
		return p
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return "{}"
	}
	return string(raw)
}

// tell sends m to people, users first, then to the user manager.
func (n *session) tell(people []control.Who, m proto.Message) {
	for _, kind := range kinds {
		for _, who := range people {
			if who.Kind == kind {
				n.svc.publish.event(bus.WebsocketEvents(who.Kind, who.UUID), m)
			}
		}
	}
	n.svc.publish.userManager(m)
}
