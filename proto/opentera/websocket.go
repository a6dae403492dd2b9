package opentera

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"
)

// WebsocketJSON returns the text frame that a websocket client receives for ev: a TeraMessage around it as protobuf
// JSON, with lowerCamelCase names, enum values by name, and every field without presence printed (core.md 6).
func WebsocketJSON(ev *TeraEvent) ([]byte, error) {
	a, err := anypb.New(ev)
	if err != nil {
		return nil, fmt.Errorf("pack TeraEvent: %w", err)
	}
	raw, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(&TeraMessage{Message: a})
	if err != nil {
		return nil, fmt.Errorf("TeraMessage as JSON: %w", err)
	}
	return raw, nil
}
