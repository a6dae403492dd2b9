package main

import (
	"context"
	"os"
	"syscall"

	launch "github.com/gotera/gotera/rehab/room"
	"github.com/gotera/gotera/signaling"
)

// room runs one session. Its exit codes are those of signaling.Run. It becomes gotera-room when that is beside this program.
func room(ctx context.Context, args []string) error {
	if self, err := os.Executable(); err == nil {
		if lean := launch.Program(self); lean != self {
			_ = syscall.Exec(lean, append([]string{lean, "room"}, args...), os.Environ()) // returns only when it cannot
		}
	}
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
