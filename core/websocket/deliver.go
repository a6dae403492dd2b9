package websocket

import (
	"context"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/opentera"
)

// Start takes the events that concern everybody, once for all websockets. It must have succeeded before the first one
// opens; Close undoes it.
func (h *Hub) Start(ctx context.Context) error {
	sub, err := h.cfg.Bus.Subscribe(ctx, func(ctx context.Context, m bus.Message) { h.deliver(ctx, m, h.all()) },
		bus.ModuleEvents(bus.UserManager), bus.ServiceEvents(core.ServiceFileTransfer))
	if err != nil {
		return err
	}
	h.mu.Lock()
	h.common = sub
	h.mu.Unlock()
	return nil
}

// all are the open websockets.
func (h *Hub) all() []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*socket, 0, len(h.sockets))
	for s := range h.sockets {
		all = append(all, s)
	}
	return all
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
