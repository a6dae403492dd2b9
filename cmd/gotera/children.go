package main

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

const (
	firstBackOff = 200 * time.Millisecond
	lastBackOff  = 10 * time.Second
	steadyAfter  = 30 * time.Second // a child that ran this long starts again without delay
	stopTimeout  = 8 * time.Second  // from SIGTERM to SIGKILL
)

// child is a program that this one runs.
type child struct {
	exe  string // empty: this program
	args []string
	dir  string   // where it runs; empty: here
	env  []string // besides this program's own
}

// keepRunning runs c, again and again until ctx ends. The child is told to end when this process dies, however it dies.
func (c child) keepRunning(ctx context.Context, log *slog.Logger) error {
	if c.exe == "" {
		var err error
		if c.exe, err = os.Executable(); err != nil {
			return err
		}
	}
	backOff := firstBackOff
	for {
		began := time.Now()
		err := c.run(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Since(began) > steadyAfter {
			backOff = firstBackOff
		}
		log.Warn("child ended, starting it again", "error", err, "in", backOff)
		select {
		case <-time.After(backOff):
		case <-ctx.Done():
			return ctx.Err()
		}
		backOff = min(2*backOff, lastBackOff)
	}
}

func (c child) run(ctx context.Context) error {
	// SIGKILL, since a service told to end would end its rooms too. The parent-death signal is bound to the thread that forks: keep it for the child's life.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, c.exe, c.args...)
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), c.env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTimeout
	return cmd.Run()
}
