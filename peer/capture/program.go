package capture

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// stopWait is how long a program has to end when it is asked to.
const stopWait = 2 * time.Second

// program is a command line whose standard output is read.
type program struct{ args []string }

// open starts it.
func (p program) open() (io.ReadCloser, error) {
	cmd := exec.Command(p.args[0], p.args[1:]...) //nolint:gosec // the operator's own
	cmd.Env = environment()
	errs := &lastLine{}
	cmd.Stderr = errs
	cmd.WaitDelay = stopWait
	group(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &running{ReadCloser: out, cmd: cmd, errs: errs}, nil
}

// environment is ours without our secrets.
func environment() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GOTERA_") {
			env = append(env, v)
		}
	}
	return env
}

// running is a program that was started.
type running struct {
	io.ReadCloser
	cmd  *exec.Cmd
	errs *lastLine
}

// Close ends the program, with those that it started, and says how it ended if it did so by itself.
func (r *running) Close() error {
	done := make(chan error, 1)
	terminate(r.cmd)
	go func() { done <- r.cmd.Wait() }()
	var err error
	select {
	case err = <-done:
	case <-time.After(stopWait):
		kill(r.cmd)
		err = <-done
	}
	kill(r.cmd) // what is left of its group
	if text := r.errs.text(); text != "" {
		return fmt.Errorf("%s: %s", r.cmd.Args[0], text)
	}
	if err == nil {
		err = errors.New("it ended")
	}
	return fmt.Errorf("%s: %w", r.cmd.Args[0], err)
}

// lastLine keeps the last line that was written to it, of at most 300 bytes.
type lastLine struct {
	mu   sync.Mutex
	line string
}

func (l *lastLine) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" {
			l.line = line[:min(len(line), 300)]
		}
	}
	return len(b), nil
}

func (l *lastLine) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.line
}
