package room

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/porttest"
	"github.com/gotera/gotera/rehab/room/roomtest"
)

func TestMain(m *testing.M) {
	roomtest.Main()
	realRoom()
	os.Exit(m.Run())
}

// owner is a session that notes what its room tells it.
type owner struct {
	mu       sync.Mutex // guards the fields below
	invitees []control.Invitee
	events   []control.Event
	last     Process
	starts   int
	lost     error
}

func (o *owner) Describe() control.Session {
	o.mu.Lock()
	defer o.mu.Unlock()
	return control.Session{UUID: "s", Invitees: append([]control.Invitee(nil), o.invitees...)}
}
func (o *owner) RoomEvent(e control.Event) {
	o.mu.Lock()
	o.events = append(o.events, e)
	o.mu.Unlock()
}
func (o *owner) RoomStarted(p Process) { o.mu.Lock(); o.last = p; o.starts++; o.mu.Unlock() }
func (o *owner) RoomLost(err error)    { o.mu.Lock(); o.lost = err; o.mu.Unlock() }

func (o *owner) process() (Process, int) { o.mu.Lock(); defer o.mu.Unlock(); return o.last, o.starts }
func (o *owner) gaveUp() error           { o.mu.Lock(); defer o.mu.Unlock(); return o.lost }
func (o *owner) seen(typ string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.events {
		if e.Type == typ {
			return true
		}
	}
	return false
}

func newHost(t *testing.T, count int, env ...string) *Host {
	t.Helper()
	h, err := NewHost(Config{
		Dir: t.TempDir(), Program: []string{os.Args[0], "room"}, Env: append(env, "GORACE=atexit_sleep_ms=0"),
		BasePort: porttest.Take(t, count), MaxSessions: count, MediaBasePort: 1024, ExternalHost: "localhost",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

func (h *Host) startOne(t *testing.T, o *owner) (*Room, error) {
	t.Helper()
	lock, err := h.Reserve(nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := h.Start(ctx, Spec{Port: lock.Port, Key: uuid.NewString(), Secret: control.NewSecret()}, lock, o)
	if err == nil {
		t.Cleanup(func() { r.Stop(context.Background()) })
	}
	return r, err
}

func waitFor(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !cond(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func status(t *testing.T, r *Room, path string) int {
	t.Helper()
	res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", r.spec.Port, path))
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

func TestRoomStartsAndStops(t *testing.T) {
	h, o := newHost(t, 2), &owner{}
	r, err := h.startOne(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := status(t, r, "/users?key="+r.spec.Key); got != http.StatusOK {
		t.Errorf("page with the key: %d, want 200", got)
	}
	if got := h.FreePorts(); got != 1 {
		t.Errorf("%d free ports while a room runs, want 1", got)
	}
	p, _ := o.process()
	if pgid, err := syscall.Getpgid(p.PID); err != nil || pgid != p.PID {
		t.Errorf("process group %d, %v, want its own (%d)", pgid, err, p.PID)
	}
	cmdline, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.PID))
	if strings.Contains(string(cmdline), r.spec.Key) {
		t.Error("the key is on the command line")
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := h.FreePorts(); got != 2 {
		t.Errorf("%d free ports after stop, want 2", got)
	}
	left, _ := filepath.Glob(filepath.Join(h.cfg.Dir, "*.[sl]o[cg]*"))
	for _, f := range left {
		if !strings.HasSuffix(f, ".lock") {
			t.Errorf("left behind: %s", f)
		}
	}
}

func TestRemovedInviteeIsRefused(t *testing.T) {
	h, o := newHost(t, 1), &owner{invitees: []control.Invitee{{Kind: control.Participant, UUID: "p"}}}
	r, err := h.startOne(t, o)
	if err != nil {
		t.Fatal(err)
	}
	page := "/participants?key=" + control.InviteeKey(r.spec.Secret, control.Participant, "p")
	if got := status(t, r, page); got != http.StatusOK {
		t.Fatalf("invitee's page: %d, want 200", got)
	}
	waitFor(t, "page event", func() bool { return o.seen(control.EventPage) })
	o.mu.Lock()
	o.invitees = nil
	o.mu.Unlock()
	if err := r.Update(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := status(t, r, page); got != http.StatusForbidden {
		t.Errorf("removed invitee's page: %d, want 403", got)
	}
}

// A room that did not take the session is told again soon, how it is then.
func TestRoomIsToldAgain(t *testing.T) {
	h, o := newHost(t, 1), &owner{}
	var log output
	h.log = slog.New(slog.NewTextHandler(&log, nil))
	r, err := h.startOne(t, o)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := o.process()
	syscall.Kill(p.PID, syscall.SIGSTOP)
	r.Touch()
	waitFor(t, "failure", func() bool { return strings.Contains(log.String(), "did not take the session") })
	o.mu.Lock()
	o.invitees = []control.Invitee{{Kind: control.Participant, UUID: "p"}}
	o.mu.Unlock()
	syscall.Kill(p.PID, syscall.SIGCONT)
	waitFor(t, "the session", func() bool { return len(roomtest.Session(t, h.cfg.Dir, r.spec.Port).Invitees) == 1 })
}

func TestDeadRoomComesBackOnItsPort(t *testing.T) {
	h, o := newHost(t, 3), &owner{}
	r, err := h.startOne(t, o)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		p, starts := o.process()
		killed := time.Now()
		syscall.Kill(p.PID, syscall.SIGKILL)
		waitFor(t, "restart", func() bool {
			_, now := o.process()
			return now > starts && status(t, r, "/users?key="+r.spec.Key) == http.StatusOK
		})
		if took := time.Since(killed); n == 0 && took > time.Second {
			t.Errorf("back after %v, want within 1s", took)
		}
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := h.FreePorts(); got != 3 {
		t.Errorf("%d free ports, want 3", got)
	}
}

func TestCrashLoopIsGivenUp(t *testing.T) {
	h, o := newHost(t, 1, roomtest.EnvMode+"=short"), &owner{}
	if _, err := h.startOne(t, o); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "giving up", func() bool { return o.gaveUp() != nil })
	if _, starts := o.process(); starts != maxQuick {
		t.Errorf("%d starts, want %d", starts, maxQuick)
	}
	waitFor(t, "free port", func() bool { return h.FreePorts() == 1 })
}

// A room that dies now and then is started again each time.
func TestRareDeathsAreNotCounted(t *testing.T) {
	h, o := newHost(t, 1, roomtest.EnvMode+"=short"), &owner{} // it lives for 50 ms
	h.quickDeath = 10 * time.Millisecond
	if _, err := h.startOne(t, o); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "many starts", func() bool { _, starts := o.process(); return starts > 2*maxQuick })
	if err := o.gaveUp(); err != nil {
		t.Errorf("given up: %v", err)
	}
}

// The number of a room's process may be that of another one by now, which is left alone.
func TestNumberOfAnotherProcess(t *testing.T) {
	other := exec.Command("sleep", "600")
	other.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { other.Wait(); close(ended) }()
	started, err := startTime(other.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	h := newHost(t, 1)
	h.Kill(Spec{Port: h.cfg.BasePort}, Process{PID: other.Process.Pid, Started: started - 1})
	if (&process{Process: Process{PID: other.Process.Pid, Started: started}}).await(300 * time.Millisecond) {
		t.Error("another process was killed")
	}
	h.Kill(Spec{Port: h.cfg.BasePort}, Process{PID: other.Process.Pid, Started: started})
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		other.Process.Kill()
		t.Error("the room's own process lives")
	}
}

func TestFailedStartLeavesNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		env, program string
		want         func(error) bool
	}{
		"crash": {roomtest.EnvMode + "=crash", "", func(err error) bool {
			var exit *ExitError
			return errors.As(err, &exit) && exit.Code == control.ExitFailed && exit.Reason == "told to crash"
		}},
		"no program": {"", "/nonexistent/room", func(err error) bool { return errors.Is(err, ErrExecutable) }},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, 1, tt.env)
			if tt.program != "" {
				h.cfg.Program = []string{tt.program}
			}
			if _, err := h.startOne(t, &owner{}); !tt.want(err) {
				t.Errorf("got %v", err)
			}
			if got := h.FreePorts(); got != 1 {
				t.Errorf("%d free ports, want 1", got)
			}
		})
	}
}

func TestRoomThatIsNeverReady(t *testing.T) {
	h, o := newHost(t, 1, roomtest.EnvMode+"=deaf"), &owner{}
	lock, err := h.Reserve(nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := h.Start(ctx, Spec{Port: lock.Port, Key: "k", Secret: control.NewSecret()}, lock, o); !errors.Is(err, ErrNotReady) {
		t.Errorf("got %v, want ErrNotReady", err)
	}
	p, _ := o.process()
	if (&process{Process: p}).alive() {
		t.Error("the process still runs")
	}
	if got := h.FreePorts(); got != 1 {
		t.Errorf("%d free ports, want 1", got)
	}
}

func TestForeignListenerIsReported(t *testing.T) {
	h := newHost(t, 1)
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", h.cfg.BasePort))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var exit *ExitError
	if _, err := h.startOne(t, &owner{}); !errors.As(err, &exit) || exit.Code != control.ExitPortUsed {
		t.Errorf("got %v, want exit code %d", err, control.ExitPortUsed)
	}
}

func TestPortsRunOut(t *testing.T) {
	h := newHost(t, 2)
	a, _ := h.Reserve(nil)
	b, _ := h.Reserve(nil)
	if _, err := h.Reserve(nil); !errors.Is(err, ErrNoFreePort) {
		t.Errorf("third of two ports: %v, want ErrNoFreePort", err)
	}
	a.Release()
	b.Release()
	if c, err := h.Reserve(map[int]bool{h.cfg.BasePort: true}); err != nil || c.Port != h.cfg.BasePort+1 {
		t.Errorf("got %v, %v, want the port that is not skipped", c, err)
	}
}

func TestRoomIsFoundAgain(t *testing.T) {
	h, o := newHost(t, 1), &owner{}
	r, err := h.startOne(t, o)
	if err != nil {
		t.Fatal(err)
	}
	r.Leave()
	if got := h.FreePorts(); got != 0 {
		t.Fatalf("%d free ports while the room lives without rehab, want 0", got)
	}
	last, _ := o.process()
	next := &owner{}
	again := h.Adopt(r.spec, last, next)
	t.Cleanup(func() { again.Stop(context.Background()) })
	waitFor(t, "state of the room", func() bool { return next.seen(control.EventState) })
	if _, starts := next.process(); starts != 0 {
		t.Error("a living room was started again")
	}
	syscall.Kill(last.PID, syscall.SIGKILL)
	waitFor(t, "restart of the room found again", func() bool { return status(t, r, "/users?key="+r.spec.Key) == http.StatusOK })
	if err := again.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "free port", func() bool { return h.FreePorts() == 1 })
}

func TestDeadRoomIsStartedByTheNextRehab(t *testing.T) {
	h, o := newHost(t, 1), &owner{}
	r, err := h.startOne(t, o)
	if err != nil {
		t.Fatal(err)
	}
	r.Leave()
	last, _ := o.process()
	syscall.Kill(last.PID, syscall.SIGKILL)
	next := &owner{}
	again := h.Adopt(r.spec, last, next)
	t.Cleanup(func() { again.Stop(context.Background()) })
	waitFor(t, "restart", func() bool { return status(t, r, "/users?key="+r.spec.Key) == http.StatusOK })
}

func TestStubbornRoomIsKilled(t *testing.T) {
	h, o := newHost(t, 1, roomtest.EnvMode+"=stubborn"), &owner{}
	r, err := h.startOne(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := h.FreePorts(); got != 1 {
		t.Errorf("%d free ports, want 1", got)
	}
}

func TestLongStateDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long/", 30))
	h, err := NewHost(Config{Dir: dir, Program: []string{os.Args[0], "room"}, BasePort: porttest.Take(t, 1), MaxSessions: 1, MediaBasePort: 1024})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	if _, err := h.startOne(t, &owner{}); err != nil {
		t.Error(err)
	}
}

func TestFrozenRoomIsReplaced(t *testing.T) {
	h, o := newHost(t, 1), &owner{}
	h.healthPeriod, h.healthTimeout = 20*time.Millisecond, 50*time.Millisecond
	r, err := h.startOne(t, o)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := o.process()
	syscall.Kill(p.PID, syscall.SIGSTOP)
	waitFor(t, "another process", func() bool {
		now, _ := o.process()
		return now.PID != p.PID && status(t, r, "/users?key="+r.spec.Key) == http.StatusOK
	})
}
