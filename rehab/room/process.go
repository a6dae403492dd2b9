package room

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotera/gotera/proto/control"
)

// process is a room process: a child of this rehab, or one that an earlier rehab left behind.
type process struct {
	Process
	exited chan struct{} // closed when a child has ended and was reaped; nil when not a child
	code   int           // exit code of a child, valid once exited is closed
	signal string        // what killed it, likewise; empty when it ended by itself
}

// launch starts the program for spec on a new control socket. The process holds the port's lock from then on.
func (h *Host) launch(spec Spec, lock *Lock) (*process, error) {
	socket, err := h.files.listen(spec.Port)
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	log, err := h.files.createLog(spec.Port)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(h.cfg.Program[0], append(h.cfg.Program[1:len(h.cfg.Program):len(h.cfg.Program)], h.flags(spec)...)...)
	cmd.Dir = h.cfg.WorkingDir
	cmd.Env = h.environment(spec)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{socket, lock.file} // descriptors 3 and 4
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrExecutable, err)
	}
	p := &process{Process: Process{PID: cmd.Process.Pid}, exited: make(chan struct{})}
	p.Started, _ = startTime(p.PID)
	go func() { // ends with the child, which may outlive a rehab that is told to stop
		cmd.Wait()
		p.code = cmd.ProcessState.ExitCode()
		if p.code < 0 {
			p.signal = cmd.ProcessState.String()
		}
		close(p.exited)
	}()
	return p, nil
}

// flags are those of upstream's service, except the secrets, and ours.
func (h *Host) flags(spec Spec) []string {
	c := h.cfg
	flags := []string{
		fmt.Sprintf("--port=%d", spec.Port),
		"--redis_hostname=" + c.Redis.Hostname,
		fmt.Sprintf("--redis_port=%d", c.Redis.Port),
		fmt.Sprintf("--redis_db=%d", c.Redis.DB),
		"--redis_username=" + c.Redis.Username,
		fmt.Sprintf("--media_port=%d", h.mediaPort(spec)),
		"--external_host=" + c.ExternalHost,
	}
	if c.MediaPublicIP != "" {
		flags = append(flags, "--media_public_ip="+c.MediaPublicIP)
	}
	if c.ICELite {
		flags = append(flags, "--ice_lite=1")
	}
	if c.MaxPeers != 0 {
		flags = append(flags, fmt.Sprintf("--max_peers=%d", c.MaxPeers))
	}
	if c.MemoryMB != 0 {
		flags = append(flags, fmt.Sprintf("--memory_mb=%d", c.MemoryMB), fmt.Sprintf("--oom_score=%d", c.OOMScore),
			fmt.Sprintf("--nice=%d", c.Nice))
	}
	if c.Relay != nil {
		if urls := c.Relay.URLs(context.Background()); len(urls) > 0 {
			flags = append(flags, "--turn_urls="+strings.Join(urls, ","))
		}
	}
	if c.Debug {
		flags = append(flags, "--debug=1")
	}
	return flags
}

func (h *Host) mediaPort(spec Spec) int { return h.cfg.MediaBasePort + spec.Port - h.cfg.BasePort }

// environment keeps a room small: one processor is enough for one session (design: cost). The collector's pace is the room's
// own choice, or the operator's (GOGC).
func (h *Host) environment(spec Spec) []string {
	env := make([]string, 0, len(os.Environ())+12)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GOTERA_") {
			env = append(env, v)
		}
	}
	if h.cfg.MemoryMB != 0 {
		env = append(env, fmt.Sprintf("GOMEMLIMIT=%dMiB", h.cfg.MemoryMB/2))
	}
	if h.cfg.Relay != nil {
		env = append(env, fmt.Sprintf("%s=%x", control.EnvTURNKey, h.cfg.Relay.Key(h.mediaPort(spec))))
	}
	return append(append(env, "GOMAXPROCS=1",
		control.EnvRoomKey+"="+spec.Key,
		fmt.Sprintf("%s=%x", control.EnvRoomSecret, spec.Secret),
		control.EnvRedisPassword+"="+h.cfg.Redis.Password,
		fmt.Sprintf("%s=%d", control.EnvControlFD, control.ControlFD),
		fmt.Sprintf("%s=%d", control.EnvLockFD, control.LockFD),
	), h.cfg.Env...)
}

// alive reports whether the process still runs.
func (p *process) alive() bool {
	if p.exited != nil {
		select {
		case <-p.exited:
			return false
		default:
			return true
		}
	}
	started, err := startTime(p.PID)
	return err == nil && p.Started != 0 && started == p.Started
}

// kill ends the process and its children at once; a number that belongs to another process by now is left alone.
func (p *process) kill() {
	if p.PID > 1 && p.alive() {
		unix.Kill(-p.PID, unix.SIGKILL) // its own session, hence its own group
	}
}

// await waits until the process has ended, for d at most, and reports whether it has.
func (p *process) await(d time.Duration) bool {
	if p.exited != nil {
		select {
		case <-p.exited:
			return true
		case <-time.After(d):
			return false
		}
	}
	for end := time.Now().Add(d); p.alive(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// startTime reads when a process began. A zombie counts as ended.
func startTime(pid int) (uint64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	end := bytes.LastIndexByte(raw, ')') // the name before it may hold anything
	fields := strings.Fields(string(raw[end+1:]))
	if end < 0 || len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return 0, errors.New("process has ended")
	}
	return strconv.ParseUint(fields[19], 10, 64)
}
