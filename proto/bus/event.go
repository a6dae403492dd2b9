package bus

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/gotera/gotera/proto/opentera"
)

// NewEvent wraps m in the TeraEvent that is published on topic. It panics if m cannot be packed, which only a nil or
// invalid message (text that is not UTF-8) can cause; use PublishEvent for messages that hold text from outside.
func NewEvent(topic string, m proto.Message) *opentera.TeraEvent {
	ev, err := newEvent(topic, m)
	if err != nil {
		panic(err)
	}
	return ev
}

func newEvent(topic string, m proto.Message) (*opentera.TeraEvent, error) {
	a, err := anypb.New(m)
	if err != nil {
		return nil, fmt.Errorf("pack event: %w", err)
	}
	return &opentera.TeraEvent{
		Header: &opentera.TeraEvent_Header{Version: 1, Time: seconds(time.Now()), Topic: topic},
		Events: []*anypb.Any{a},
	}, nil
}

// NewModuleMessage addresses data to the module or service dest. It panics as NewEvent does.
func NewModuleMessage(source, dest string, data ...proto.Message) *opentera.TeraModuleMessage {
	m, err := newModuleMessage(source, dest, data)
	if err != nil {
		panic(err)
	}
	return m
}

func newModuleMessage(source, dest string, data []proto.Message) (*opentera.TeraModuleMessage, error) {
	msg := &opentera.TeraModuleMessage{
		Head: &opentera.TeraModuleMessage_Header{Version: 1, Time: seconds(time.Now()), Source: source, Dest: dest},
	}
	for _, m := range data {
		a, err := anypb.New(m)
		if err != nil {
			return nil, fmt.Errorf("pack module message: %w", err)
		}
		msg.Data = append(msg.Data, a)
	}
	return msg, nil
}

// PublishEvent publishes m in a TeraEvent with that one event: consumers look at the first only.
func (b *Bus) PublishEvent(ctx context.Context, topic string, m proto.Message) error {
	ev, err := newEvent(topic, m)
	if err != nil {
		return err
	}
	return b.publishProto(ctx, topic, ev)
}

// PublishModule publishes a TeraModuleMessage.
func (b *Bus) PublishModule(ctx context.Context, topic, source, dest string, m ...proto.Message) error {
	msg, err := newModuleMessage(source, dest, m)
	if err != nil {
		return err
	}
	return b.publishProto(ctx, topic, msg)
}

func (b *Bus) publishProto(ctx context.Context, topic string, m proto.Message) error {
	raw, err := proto.Marshal(m)
	if err != nil {
		return fmt.Errorf("publish on %s: %w", topic, err)
	}
	return b.Publish(ctx, topic, raw)
}

// seconds is t since the Unix epoch, as Python's time.time().
func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
