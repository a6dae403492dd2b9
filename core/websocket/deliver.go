package websocket

import (
	"context"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/opentera"
)

// Start takes the events of core.md 6, once for all websockets. It must have succeeded before the first one opens; Close
// undoes it.
func (h *Hub) Start(ctx context.Context) error {
	sub, err := h.cfg.Bus.Subscribe(ctx, h.receive,
		bus.ModuleEvents(bus.UserManager), bus.ServiceEvents(core.ServiceFileTransfer), bus.TwistedEvents("*"),
		bus.WebsocketEvents(string(core.KindUser), "*"), bus.WebsocketEvents(string(core.KindParticipant), "*"), bus.WebsocketEvents(string(core.KindDevice), "*"))
	if err != nil {
		return err
	}
	h.mu.Lock()
	h.events = sub
	h.mu.Unlock()
	return nil
}

// receive finds the websockets that a topic is for. It runs on the subscription's goroutine.
func (h *Hub) receive(ctx context.Context, m bus.Message) {
	if uuid, ok := strings.CutPrefix(m.Topic, bus.TwistedEvents("")); ok {
		for _, s := range h.find(func(a Account) bool { return a.UUID == uuid }) {
			s.command(m.Payload)
		}
		return
	}
	own := func(Account) bool { return true }
	if strings.HasPrefix(m.Topic, "websocket.") {
		own = func(a Account) bool { return m.Topic == bus.WebsocketEvents(string(a.Kind), a.UUID) }
	}
	h.deliver(ctx, m, h.find(own))
}

// find lists the open websockets of some accounts.
func (h *Hub) find(of func(Account) bool) []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []*socket
	for s := range h.sockets {
		if of(s.account()) {
			found = append(found, s)
		}
	}
	return found
}

// deliver queues for each of these websockets the events of a message that its account may be told. Who that is, and the
// JSON, are worked out once for all of them.
func (h *Hub) deliver(ctx context.Context, m bus.Message, to []*socket) {
	if len(to) == 0 {
		return
	}
	var message opentera.TeraEvent
	if err := proto.Unmarshal(m.Payload, &message); err != nil {
		h.cfg.Log.Warn("malformed event", "topic", m.Topic)
		return
	}
	var events []*anypb.Any
	var audiences []audience
	for _, packed := range message.Events {
		event, err := packed.UnmarshalNew()
		if err != nil {
			continue // unknown types are dropped
		}
		who, err := h.audienceOf(ctx, event)
		if err != nil {
			h.cfg.Log.Warn("event not filtered, dropped", "topic", m.Topic, "error", err)
			continue
		}
		if who != nil {
			events, audiences = append(events, packed), append(audiences, who)
		}
	}
	frames := map[string][]byte{} // by which of the events are in it
	chosen := make([]byte, len(events))
	for _, s := range to {
		any := false
		for i, who := range audiences {
			chosen[i] = 0
			if who(s.account()) {
				chosen[i], any = 1, true
			}
		}
		if !any {
			continue
		}
		frame, made := frames[string(chosen)]
		if !made {
			frame = h.frame(&message, events, chosen)
			frames[string(chosen)] = frame
		}
		if frame != nil {
			s.send(frame)
		}
	}
}

// frame is the JSON of the chosen events; nil, and a line in the log, when there is none.
func (h *Hub) frame(message *opentera.TeraEvent, events []*anypb.Any, chosen []byte) []byte {
	one := &opentera.TeraEvent{Header: message.Header}
	for i, e := range events {
		if chosen[i] == 1 {
			one.Events = append(one.Events, e)
		}
	}
	raw, err := opentera.WebsocketJSON(one)
	if err != nil {
		h.cfg.Log.Warn("event not sent", "error", err)
	}
	return raw
}
