package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/opentera"
)

// changes passes on what the database says has changed: to the parts of this process at once, to everybody over the bus
// (core.md 1.9). It does not make the writer wait for Redis.
type changes struct {
	bus   *bus.Bus
	log   *slog.Logger
	queue chan changed

	// Set before requests are served.
	services   func()                            // the table of services changed
	settings   func()                            // the server's settings changed
	disconnect func(kind core.Kind, uuid string) // an account was disabled or deleted
}

type changed struct {
	topic string
	event *opentera.DatabaseEvent
}

// changesQueue bounds the events that wait for Redis; the newest are lost beyond.
const changesQueue = 4096

func newChanges(b *bus.Bus, log *slog.Logger) *changes {
	return &changes{
		bus: b, log: log, queue: make(chan changed, changesQueue),
		services: func() {}, settings: func() {}, disconnect: func(core.Kind, string) {}, // until the parts are there
	}
}

// Publish implements store.Events.
func (c *changes) Publish(_ context.Context, model string, change core.Change, value []byte) {
	switch model {
	case "service":
		c.services()
	case "server_settings":
		c.settings()
		return // they hold the keys that sign tokens, and no other process reads these events (core.md 13.3, 62)
	case "user", "participant", "device":
		c.account(core.Kind(model), change, value)
	}
	select {
	case c.queue <- changed{bus.DatabaseEvents(model), &opentera.DatabaseEvent{
		Type: opentera.DatabaseEvent_EventType(change), ObjectType: model, ObjectValue: string(value),
	}}:
	default:
		c.log.Warn("database event dropped, redis does not take them", "model", model)
	}
}

// account closes the websockets of an account that may not be here any more (core.md 7.2).
func (c *changes) account(kind core.Kind, change core.Change, value []byte) {
	var o map[string]any
	if err := json.Unmarshal(value, &o); err != nil {
		return
	}
	uuid, _ := o[string(kind)+"_uuid"].(string)
	enabled, given := o[string(kind)+"_enabled"].(bool)
	_, deleted := o["deleted_at"]
	if uuid != "" && (deleted || change == core.Deleted || given && !enabled) {
		c.disconnect(kind, uuid)
	}
}

// run publishes until ctx ends.
func (c *changes) run(ctx context.Context) error {
	for {
		select {
		case e := <-c.queue:
			publish, cancel := context.WithTimeout(ctx, 15*time.Second)
			err := c.bus.PublishEvent(publish, e.topic, e.event)
			cancel()
			if err != nil && ctx.Err() == nil {
				c.log.Warn("database event not published", "topic", e.topic, "error", err)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
