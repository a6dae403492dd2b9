package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/proto/bus"
)

// methods are the calls that the user manager answers (core.md 7.1).
func (r *Registry) methods() map[string]bus.Method {
	return map[string]bus.Method{
		"online_users":         r.answer(func() any { return r.Online(core.KindUser) }),
		"online_participants":  r.answer(func() any { return r.Online(core.KindParticipant) }),
		"online_devices":       r.answer(func() any { return r.Online(core.KindDevice) }),
		"busy_users":           r.answer(func() any { return r.Busy(core.KindUser) }),
		"busy_participants":    r.answer(func() any { return r.Busy(core.KindParticipant) }),
		"busy_devices":         r.answer(func() any { return r.Busy(core.KindDevice) }),
		"status_users":         r.answer(func() any { return r.Statuses(core.KindUser) }),
		"status_participants":  r.answer(func() any { return r.Statuses(core.KindParticipant) }),
		"status_devices":       r.answer(func() any { return r.Devices() }),
		"update_device_status": r.updateDeviceStatus,
	}
}

func (r *Registry) answer(f func() any) bus.Method {
	return func(context.Context, bus.Args) (any, error) { return f(), nil }
}

// updateDeviceStatus takes uuid, status (JSON text) and timestamp; an offline device gets null.
func (r *Registry) updateDeviceStatus(ctx context.Context, args bus.Args) (any, error) {
	if len(args) != 3 {
		return nil, fmt.Errorf("update_device_status: %d arguments, needs uuid, status and timestamp", len(args))
	}
	uuid, ok1 := args[0].(string)
	status, ok2 := args[1].(string)
	timestamp, err := json.Marshal(args[2])
	if !ok1 || !ok2 || err != nil {
		return nil, errors.New("update_device_status: needs text, text and a number")
	}
	err = r.UpdateDevice(ctx, uuid, status, timestamp)
	if errors.Is(err, ErrOffline) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return map[string]any{"uuid": uuid, "status": status, "timestamp": json.RawMessage(timestamp)}, nil
}
