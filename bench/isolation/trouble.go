package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// trouble is what happens to one room. begin starts it and returns how it ends.
type trouble struct {
	name  string
	begin func(ctx context.Context, h *host) (end func(), err error)
}

var troubles = []trouble{
	{"burns its processor", child("burn")},
	{"leaks 100 MiB/s, ends at 384, is started again", child("leak")},
	{"is killed and started again, each second", killed},
}

// children are what this program does instead of a room: Go code cannot be made to burn or to leak by a peer that we know of, so
// a process with a room's place and limits stands in for it.
var children = map[string]func(){"burn": burn, "leak": leak, "ordinary": becomeOrdinary}

// ordinary is a command at ordinary priority, in a session of its own, as rehab starts rooms.
func ordinary(program string, args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", append([]string{"ordinary", program}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}

// becomeOrdinary gives up the priority that it was started with and becomes the program that its arguments name.
func becomeOrdinary() {
	runtime.LockOSThread()
	attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL}
	err := unix.SchedSetAttr(0, &attr, 0)
	// Whatever else uses the machine shall not be measured: sessions share processors by these weights (sched(7)), and those of
	// the rooms and of what burns are the same.
	_ = os.WriteFile("/proc/self/autogroup", []byte("-20"), 0)
	if err == nil {
		err = syscall.Exec(os.Args[2], os.Args[2:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, "isolation: start", os.Args[2], err)
	os.Exit(1)
}

// burn keeps one processor busy, as a room with GOMAXPROCS=1 would at worst.
func burn() {
	for x := uint64(1); ; {
		x = x*6364136223846793005 + 1442695040888963407
		if x == 0 {
			println(x)
		}
	}
}

// leak takes 100 MiB each second and uses them, until it ends as a room does (signaling.Process, MemoryMax).
func leak() {
	const most, step = 384 << 20, 10 << 20
	var kept [][]byte
	for size := 0; size < most; size += step {
		b := make([]byte, step)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		kept = append(kept, b)
		time.Sleep(100 * time.Millisecond)
	}
	runtime.KeepAlive(kept)
	os.Exit(4)
}

// child starts this program in a room's place, again each time it ends.
func child(name string) func(context.Context, *host) (func(), error) {
	return func(ctx context.Context, _ *host) (func(), error) {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for ctx.Err() == nil {
				cmd := ordinary(self, name)
				cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOMEMLIMIT=192MiB")
				if cmd.Start() != nil {
					return
				}
				stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
				_ = cmd.Wait() // killed, or because it leaked
				stop()
			}
		}()
		return func() { cancel(); <-done }, nil
	}
}

// killed kills a real room with peers in it, and starts one in its place.
func killed(ctx context.Context, h *host) (func(), error) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			r, err := h.openRoom(ctx, false)
			if err != nil {
				continue
			}
			sleep(ctx, time.Second)
			_ = r.cmd.Process.Kill()
			r.close()
		}
	}()
	return func() { cancel(); <-done }, nil
}
