// Command gotera is the whole server: each sub-command is one program of the system (design: "Programs"). A sub-command
// parses flags, loads its configuration and calls the Run function of the folder it starts.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/gotera/gotera/configs"
)

// Exit codes of every sub-command but peer and room, which document their own.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2 // bad flags or bad configuration
)

type command struct {
	name, does string
	run        func(ctx context.Context, args []string) error
}

// commands is the table of contents: each leads to a file of the same name.
func commands() []command {
	return []command{
		{"serve", "the whole system: core, ingress, rehab and its rooms", serve},
		{"core", "TeraServer: login, registry, websockets, REST, database", core},
		{"rehab", "VideoRehab service: sessions and their room processes", rehab},
		{"room", "one session: pages, signaling, media (started by rehab)", room},
		{"turn", "TURN server that leads to the rooms (started by rehab)", turn},
		{"peer", "a headless WebRTC peer that joins a session URL", headlessPeer},
		{"nginx", "print the NGINX site file for the configuration", nginx},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stderr io.Writer) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		usage(stderr)
		return exitUsage
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return report(stderr, c.name, c.run(ctx, args[1:]))
		}
	}
	fmt.Fprintf(stderr, "gotera: unknown command %q\n\n", args[0])
	usage(stderr)
	return exitUsage
}

// report turns a sub-command's error into one line and an exit code.
func report(stderr io.Writer, name string, err error) int {
	var bad *configs.Error
	var exit exitError
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return exitOK
	case errors.Is(err, flag.ErrHelp):
		return exitUsage
	case errors.As(err, &exit):
		if exit.err != nil {
			fmt.Fprintf(stderr, "gotera %s: %v\n", name, exit.err)
		}
		return exit.code
	case errors.As(err, &bad):
		fmt.Fprintf(stderr, "gotera %s: configuration: %v\n", name, err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "gotera %s: %v\n", name, err)
	return exitFailed
}

// exitError carries an exit code of its own; a nil err has been reported already.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: gotera <command> [flags]; gotera <command> --help lists them")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-7s %s\n", c.name, c.does)
	}
}

// flags makes a flag set whose mistakes are reported by the caller with exit code 2.
func flags(name string) *flag.FlagSet {
	return flag.NewFlagSet("gotera "+name, flag.ContinueOnError)
}

func parse(fs *flag.FlagSet, args []string) error {
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return exitError{exitUsage, nil} // the flag set has printed it
	}
	if fs.NArg() > 0 {
		return exitError{exitUsage, fmt.Errorf("unexpected argument %q", fs.Arg(0))}
	}
	return nil
}

func logger(debug bool) *slog.Logger {
	level := slog.LevelInfo
	if debug {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

// version is that of the module, or of the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}
