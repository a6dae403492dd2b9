package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotera/gotera/rehab/turn"
)

const (
	lockFD       = 3 // at which the process inherits the lock file
	firstBackOff = 100 * time.Millisecond
	lastBackOff  = 5 * time.Second
	steady       = 10 * time.Second       // a process that ran this long is started again without delay
	look         = 100 * time.Millisecond // between two looks whether a process that is no child lives
	openWait     = 5 * time.Second        // for a new server to know what it listens on; more than URLs waits
	statusPeriod = 2 * time.Second        // between two questions for the status
	statusLimit  = 5 * time.Second        // for an answer
	maxMisses    = 4                      // unanswered questions in a row until the process is killed
	stopLimit    = 3 * time.Second        // to end when it is asked to
	maxLog       = 4 << 20                // bytes of turn.log, emptied when it has more
)

// errHeld says that a TURN server of this state directory lives.
var errHeld = errors.New("held")

// run keeps a server running until ctx ends; the server then runs on.
func (r *Relay) run(ctx context.Context) {
	backOff := time.Duration(0)
	for first := true; ctx.Err() == nil; first = false {
		began := time.Now()
		lock, err := r.lock()
		switch {
		case errors.Is(err, errHeld):
			if first {
				r.log.Info("TURN server of an earlier run goes on")
			}
			r.watch(ctx, nil)
		case err == nil:
			var child *exec.Cmd
			if child, err = r.launch(lock); err == nil {
				r.watch(ctx, child)
			}
		}
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > steady {
			backOff = 0
		}
		r.log.Warn("TURN server ended, it is started again", "err", err, "after", backOff, "last", r.lastLine())
		sleep(ctx, backOff)
		backOff = min(max(firstBackOff, 2*backOff), lastBackOff)
	}
}

// lock takes the lock file, or fails with errHeld.
func (r *Relay) lock() (*os.File, error) {
	f, err := os.OpenFile(r.path("turn.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errHeld
		}
		return nil, err
	}
	return f, nil
}

// alive reports whether somebody holds the lock.
func (r *Relay) alive() bool {
	lock, err := r.lock()
	if err == nil {
		lock.Close()
	}
	return errors.Is(err, errHeld)
}

func (r *Relay) path(name string) string { return filepath.Join(r.cfg.Dir, name) }

// launch starts the program, which holds the lock from then on.
func (r *Relay) launch(lock *os.File) (*exec.Cmd, error) {
	defer lock.Close()
	log, err := os.OpenFile(r.path("turn.log"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	args := append(slices.Clone(r.cfg.Program[1:]), r.turn.Flags()...)
	if r.cfg.Debug {
		args = append(args, "--debug")
	}
	cmd := exec.Command(r.cfg.Program[0], args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GOTERA_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%x", turn.EnvSecret, r.turn.Secret))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{lock}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := lock.Truncate(0); err != nil { // a server of before had the number that another program may have by now
		return nil, err
	}
	return cmd, cmd.Start()
}

// watch returns when the server has ended, or ctx has. child is nil for one of an earlier rehab.
func (r *Relay) watch(ctx context.Context, child *exec.Cmd) {
	ended := make(chan struct{})
	if child != nil {
		go func() {
			defer close(ended)
			child.Wait() //nolint:errcheck // its log says why
		}()
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	misses, warned, began := 0, false, time.Now()
	for next := time.Now(); ; {
		if !time.Now().Before(next) {
			next = time.Now().Add(statusPeriod)
			st, err := r.ask(ctx)
			switch {
			case err == nil && len(st.Opening) > 0 && time.Since(began) < openWait: // it does not know yet what it will listen on
				next, misses = time.Now().Add(look), 0
			case err == nil:
				r.learn(st)
				misses = 0
				if child == nil && !warned && !slices.Equal(st.Flags, r.turn.Flags()) {
					warned = true
					r.log.Warn("the running TURN server has another configuration, which it keeps until it is stopped", "pid", st.PID)
				}
			case misses == 0 && child != nil: // it is just starting
				next = time.Now().Add(look)
				misses++
			default:
				misses++
			}
			if misses >= maxMisses {
				r.log.Error("TURN server does not answer", "err", err)
				r.kill(child)
				misses = 0
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ended:
			return
		case <-tick.C:
			if child == nil && !r.alive() {
				return
			}
		}
	}
}

func (r *Relay) ask(ctx context.Context) (turn.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(r.limit.Load()))
	defer cancel()
	st, err := r.client.Status(ctx)
	if err == nil {
		if info, err := os.Stat(r.path("turn.log")); err == nil && info.Size() > maxLog {
			os.Truncate(r.path("turn.log"), 0) //nolint:errcheck // next time
		}
	}
	return st, err
}

// end has the server stop, by force if need be.
func (r *Relay) end() {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	if err := r.client.Stop(ctx); err != nil && r.alive() {
		r.log.Warn("TURN server did not stop when asked", "err", err)
	}
	for r.alive() {
		if !sleep(ctx, 10*time.Millisecond) {
			r.kill(nil)
			return
		}
	}
}

// kill ends child, or whoever holds the lock: the server has written its number into it.
func (r *Relay) kill(child *exec.Cmd) {
	if child != nil {
		child.Process.Kill() //nolint:errcheck // it has ended
		return
	}
	raw, err := os.ReadFile(r.path("turn.lock"))
	pid, perr := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err == nil && perr == nil && pid > 1 && r.alive() {
		unix.Kill(pid, unix.SIGKILL) //nolint:errcheck // it has ended
	}
}

// lastLine is the last line of the server's log, cut to 300 bytes: why it ended.
func (r *Relay) lastLine() string {
	f, err := os.Open(r.path("turn.log"))
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > 4096 {
		f.Seek(-4096, io.SeekEnd) //nolint:errcheck // then all of it is read
	}
	raw, _ := io.ReadAll(io.LimitReader(f, 8192))
	raw = bytes.TrimSpace(raw)
	raw = raw[bytes.LastIndexByte(raw, '\n')+1:]
	return string(raw[:min(len(raw), 300)])
}

// sleep reports whether it lasted as long as it should.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
