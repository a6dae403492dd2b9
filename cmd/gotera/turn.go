package main

import (
	"context"
	"errors"
	"flag"
	"os"

	turnserver "github.com/gotera/gotera/rehab/turn"
)

// turn runs the TURN server.
func turn(ctx context.Context, args []string) error {
	cfg, err := turnserver.ParseFlags(args, os.Getenv)
	if err == nil {
		err = turnserver.Run(ctx, cfg)
	}
	if errors.Is(err, turnserver.ErrUsage) && !errors.Is(err, flag.ErrHelp) {
		return exitError{exitUsage, err}
	}
	return err
}
