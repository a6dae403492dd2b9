package rehab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gotera/gotera/proto/bus"
)

// serviceInfo is what the core says of this service in the variable service.<key>.
type serviceInfo struct {
	Key      string `json:"service_key"`
	UUID     string `json:"service_uuid"`
	Hostname string `json:"service_hostname"`
	Port     int    `json:"service_port"`
}

// register waits until the core has registered this service: upstream gives up, and is then started too early or never.
func register(ctx context.Context, b *bus.Bus, name string, log *slog.Logger) (serviceInfo, error) {
	said := ""
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		info, err := readInfo(ctx, b, name)
		if err == nil {
			return info, nil
		}
		if ctx.Err() != nil {
			return serviceInfo{}, ctx.Err()
		}
		if why := err.Error(); why != said {
			log.Warn("waiting for the core to register this service", "service", name, "err", err)
			said = why
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return serviceInfo{}, ctx.Err()
		}
	}
}

func readInfo(ctx context.Context, b *bus.Bus, name string) (serviceInfo, error) {
	var info serviceInfo
	raw, err := b.Get(ctx, varService+name)
	if errors.Is(err, bus.ErrNotSet) {
		return info, fmt.Errorf("%s%s is not in Redis: is the core running, and the service enabled?", varService, name)
	}
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal([]byte(raw), &info); err != nil {
		return info, fmt.Errorf("%s%s: %w", varService, name, err)
	}
	if info.UUID == "" {
		return info, fmt.Errorf("%s%s has no service_uuid", varService, name)
	}
	if info.Key == "" {
		info.Key = name
	}
	return info, nil
}
