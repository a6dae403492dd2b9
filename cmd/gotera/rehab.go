package main

import (
	"context"
	"fmt"
	"net"

	"github.com/gotera/gotera/configs"
	rehabservice "github.com/gotera/gotera/rehab"
)

// rehab runs the VideoRehab service.
func rehab(ctx context.Context, args []string) error {
	fs := flags("rehab")
	file := fs.String("config", "", "configuration file, in the shape of VideoRehabService.json")
	stopRooms := fs.Bool("stop-rooms", false, "stop every session when this program is told to stop (default: rooms live on)")
	metrics := fs.String("metrics-listen", "", "address of the Prometheus endpoint, or off (default: from the configuration)")
	verbose := fs.Bool("verbose", false, "log more")
	fs.String("enable_tests", "", "accepted for the launcher of OpenTera; has no effect")
	if err := parse(fs, args); err != nil {
		return err
	}
	cfg, err := configs.LoadRehab(*file)
	if err != nil {
		return err
	}
	if err := metricsListen(&cfg, *metrics); err != nil {
		return err
	}
	return rehabservice.Run(ctx, rehabservice.Config{Rehab: cfg, StopRooms: *stopRooms, Version: version(), Log: logger(*verbose)})
}

// metricsListen puts the value of the flag --metrics-listen into a configuration.
func metricsListen(cfg *configs.Rehab, value string) error {
	switch value {
	case "":
		return nil
	case "off":
		cfg.Service.MetricsListen = ""
		return nil
	}
	if _, _, err := net.SplitHostPort(value); err != nil {
		return exitError{exitUsage, fmt.Errorf("--metrics-listen: %q is not host:port", value)}
	}
	cfg.Service.MetricsListen = value
	return nil
}
