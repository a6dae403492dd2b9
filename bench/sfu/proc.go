package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// tick is the unit of /proc/<pid>/stat, 1/100 s on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// cpuOf is the user and system time that the processes have used.
func cpuOf(pids []int) (time.Duration, error) {
	var sum time.Duration
	for _, pid := range pids {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0, err
		}
		fields := bytes.Fields(raw[bytes.LastIndexByte(raw, ')')+1:])
		if len(fields) < 13 {
			return 0, errors.New("short /proc/<pid>/stat")
		}
		user, err1 := strconv.ParseInt(string(fields[11]), 10, 64)
		system, err2 := strconv.ParseInt(string(fields[12]), 10, 64)
		if err := errors.Join(err1, err2); err != nil {
			return 0, err
		}
		sum += time.Duration(user+system) * tick
	}
	return sum, nil
}

// memory is the resident and the proportional set size in KiB.
type memory struct{ rss, pss int }

// memoryOf sums up the processes.
func memoryOf(pids []int) (memory, error) {
	var sum memory
	for _, pid := range pids {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			return sum, err
		}
		for line := range strings.Lines(string(raw)) {
			var kib int
			if _, err := fmt.Sscanf(line, "Rss: %d kB", &kib); err == nil {
				sum.rss += kib
			}
			if _, err := fmt.Sscanf(line, "Pss: %d kB", &kib); err == nil {
				sum.pss += kib
			}
		}
	}
	return sum, nil
}

// realTime puts all threads of this process, and so its children, at real-time priority.
func realTime() error {
	tasks, err := filepath.Glob("/proc/self/task/*")
	if err != nil {
		return err
	}
	for _, t := range tasks {
		tid, err := strconv.Atoi(filepath.Base(t))
		if err != nil {
			return err
		}
		attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 1}
		if err := unix.SchedSetAttr(tid, &attr, 0); err != nil {
			return err
		}
	}
	return nil
}

// process is a child of this one.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// spawn starts a child whose environment is this one's and env.
func spawn(cmd *exec.Cmd, env ...string) (*process, error) {
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd, make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop ends the process and waits for its end.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	select {
	case <-p.done:
	case <-time.After(3 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// stopAll ends several at once.
func stopAll(list []*process) {
	for _, p := range list {
		_ = p.cmd.Process.Signal(os.Interrupt)
	}
	for _, p := range list {
		p.stop()
	}
}

// perf records a profile of pids for as long as the measurement takes, when asked to.
func perf(ctx context.Context, o options, c load, s *side, pids []int) (stop func()) {
	if o.profile == "" {
		return func() {}
	}
	text := make([]string, len(pids))
	for i, pid := range pids {
		text[i] = strconv.Itoa(pid)
	}
	file := filepath.Join(o.profile, c.name+"-"+s.name+".perf")
	cmd := exec.CommandContext(ctx, "perf", "record", "-q", "-g", "-F", "499", "-o", file, "-p", strings.Join(text, ","))
	cmd.Stderr = os.Stderr
	p, err := spawn(cmd)
	if err != nil {
		fmt.Fprintln(os.Stderr, "sfu: perf:", err)
		return func() {}
	}
	return p.stop
}
