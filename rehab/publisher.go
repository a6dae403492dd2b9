package rehab

import (
	"context"
	"log/slog"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/proto/bus"
)

const (
	maxPublishing = 16384           // messages that wait for Redis; then the newest is dropped
	publishFor    = 5 * time.Minute // until a message that Redis does not take is dropped
)

// publisher sends messages in the order in which they were given, and again while Redis is away.
type publisher struct {
	bus    *bus.Bus
	source string // of module messages
	log    *slog.Logger
	queue  chan outgoing
}

type outgoing struct {
	topic  string
	module string // the addressee; empty for an event
	m      proto.Message
	since  time.Time
}

func newPublisher(b *bus.Bus, service string, log *slog.Logger) *publisher {
	return &publisher{bus: b, source: "service" + service, log: log, queue: make(chan outgoing, maxPublishing)}
}

// event publishes m on topic, in a TeraEvent of its own.
func (p *publisher) event(topic string, m proto.Message) { p.put(outgoing{topic: topic, m: m}) }

// userManager sends m to the module that knows who is busy.
func (p *publisher) userManager(m proto.Message) {
	p.put(outgoing{topic: bus.ModuleMessages(bus.UserManager), module: bus.UserManager, m: m})
}

func (p *publisher) put(o outgoing) {
	o.since = time.Now()
	select {
	case p.queue <- o:
	default:
		p.log.Error("message dropped: too many wait for Redis", "topic", o.topic)
	}
}

// run publishes until ctx ends, and then what is left while Redis takes it.
func (p *publisher) run(ctx context.Context) error {
	for {
		select {
		case o := <-p.queue:
			p.send(ctx, o)
		case <-ctx.Done():
			p.drain()
			return ctx.Err()
		}
	}
}

func (p *publisher) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for {
		select {
		case o := <-p.queue:
			if p.once(ctx, o) != nil {
				return
			}
		default:
			return
		}
	}
}

func (p *publisher) send(ctx context.Context, o outgoing) {
	for {
		err := p.once(ctx, o)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			p.put(o) // for drain
			return
		}
		if time.Since(o.since) > publishFor {
			p.log.Error("message dropped", "topic", o.topic, "err", err)
			return
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

func (p *publisher) once(ctx context.Context, o outgoing) error {
	if o.module != "" {
		return p.bus.PublishModule(ctx, o.topic, p.source, o.topic, o.m)
	}
	return p.bus.PublishEvent(ctx, o.topic, o.m)
}
