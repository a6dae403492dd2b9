package peer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/gotera/gotera/peer/check"
)

// runCheck is `gotera peer --check`: it returns the exit code.
func (c *command) runCheck(ctx context.Context, stdout, stderr io.Writer) int {
	trust, err := tlsConfig(c.opts)
	if err != nil {
		fmt.Fprintf(stderr, "gotera peer: %v\n", err)
		return exitUsage
	}
	socket, err := socketURL(c.url)
	if err != nil {
		socket = "" // not that of a session
	}
	result, err := check.Run(ctx, check.Options{URL: c.url, Token: c.token, Socket: socket, TLS: trust})
	if c.json {
		json.NewEncoder(stdout).Encode(result.Report()) //nolint:errcheck // as a print
	} else if err == nil {
		result.Print(stdout)
	}
	switch {
	case errors.Is(err, check.ErrRefused):
		fmt.Fprintf(stderr, "gotera peer: %v\n", err)
		return exitRefused
	case err != nil:
		fmt.Fprintf(stderr, "gotera peer: %v\n", err)
		return exitFailed
	case result.Best() == "":
		return exitFailed
	}
	return exitOK
}
