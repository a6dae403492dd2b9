package rehab

import (
	"context"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/rehab/backend"
)

// participantInfo returns the core's object of a participant, {} when there is none.
func (s *Service) participantInfo(ctx context.Context, args bus.Args) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, actionTime)
	defer cancel()
	if len(args) == 1 {
		if uuid, ok := args[0].(string); ok && validUUID.MatchString(uuid) {
			row, err := s.core.Participant(ctx, uuid)
			if err == nil {
				return row, nil
			}
			s.log.Warn("participant is not read", "err", err)
		}
	}
	return backend.Row{}, nil
}

// sessionTypeConfig is the form for what a session type of this service can be told (rehab.md 5). Its argument, which
// names the type, makes no difference.
func (s *Service) sessionTypeConfig(context.Context, bus.Args) (any, error) {
	type item struct {
		ID    string `json:"id"`
		Label string `json:"label"`
		Type  string `json:"type"`
		Order int    `json:"_order"`
	}
	type section struct {
		ID    string `json:"id"`
		Label string `json:"label"`
		Order int    `json:"_order"`
		Items []item `json:"items"`
	}
	return struct {
		Type     string    `json:"objecttype"`
		Sections []section `json:"sections"`
	}{"session_type_config", []section{{"general", "General", 1, []item{
		{"session_recordable", "Sessions can be recorded", "boolean", 1},
	}}}}, nil
}
