package main

import (
	"context"
	"os"

	"github.com/gotera/gotera/signaling"
)

// room runs one session. Its exit codes are those of signaling.Run.
func room(ctx context.Context, args []string) error {
	cfg, err := signaling.ParseRoomFlags(args, os.Getenv)
	if err != nil {
		return exitError{exitUsage, err}
	}
	cfg.Log = logger(cfg.Debug)
	err = signaling.Run(ctx, cfg)
	if err != nil {
		return exitError{signaling.ExitCode(err), err}
	}
	return nil
}
