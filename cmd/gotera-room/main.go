// Command gotera-room is `gotera room` without the rest of gotera: one session's pages, signaling and media. Packages that a
// room does not need (database, schemas, metrics) allocate when a program starts, used or not: without them a room takes half of
// the memory. Beside gotera it is used by itself (rehab/room.Program); without it gotera does the same.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/gotera/gotera/signaling"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run takes the arguments of gotera, "room" first. Exit codes are those of signaling.Run.
func run(ctx context.Context, args []string) int {
	if len(args) > 0 && args[0] == "room" {
		args = args[1:]
	}
	cfg, err := signaling.ParseRoomFlags(args, os.Getenv)
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(os.Stderr, "gotera room: %v\n", err)
		}
		return 2
	}
	level := slog.LevelInfo
	if cfg.Debug {
		level = slog.LevelDebug
	}
	cfg.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	err = signaling.Run(ctx, cfg)
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return 0
	}
	fmt.Fprintf(os.Stderr, "gotera room: %v\n", err)
	return signaling.ExitCode(err)
}
