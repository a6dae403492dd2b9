package main

import (
	"context"
	"os"

	"github.com/gotera/gotera/peer"
)

// headlessPeer joins a session URL. Its flags and exit codes are those of peer.Main.
func headlessPeer(ctx context.Context, args []string) error {
	if code := peer.Main(ctx, args, os.Stdin, os.Stdout, os.Stderr); code != 0 {
		return exitError{code: code}
	}
	return nil
}
