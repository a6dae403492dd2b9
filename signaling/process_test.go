package signaling

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/porttest"
)

// roomVariable makes this test binary a room process.
const roomVariable = "GOTERA_TEST_ROOM"

func TestMain(m *testing.M) {
	if os.Getenv(roomVariable) == "" {
		code := m.Run()
		if builtUsed.Load() {
			if program, err := builtRoom(); err == nil {
				_ = os.RemoveAll(filepath.Dir(program))
			}
		}
		os.Exit(code)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	cfg, err := ParseRoomFlags(os.Args[1:], os.Getenv)
	if err == nil {
		err = Run(ctx, cfg)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	stop()
	os.Exit(ExitCode(err))
}

// process is a room process as rehab launches it.
type process struct {
	t       *testing.T
	cmd     *exec.Cmd
	stderr  bytes.Buffer
	control *control.Client
	secret  []byte
	port    string
	ended   chan struct{}
}

// environ is that of a room process: without the second for which the race detector delays its end.
func environ() []string { return append(os.Environ(), roomVariable+"=1", "GORACE=atexit_sleep_ms=0") }

func startProcess(t *testing.T, port string, args ...string) *process {
	t.Helper()
	return startProgram(t, os.Args[0], port, args...)
}

// builtUsed: a test has had it built.
var builtUsed atomic.Bool

// builtRoom is the program that runs rooms, for tests of its memory: the race detector has much of its own.
var builtRoom = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "room")
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "gotera-room")
	out, err := exec.Command("go", "build", "-o", program, "../cmd/gotera-room").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build gotera-room: %w: %s", err, out)
	}
	return program, nil
})

// startBuilt is startProcess for builtRoom.
func startBuilt(t *testing.T, port string, args ...string) *process {
	t.Helper()
	builtUsed.Store(true)
	program, err := builtRoom()
	if err != nil {
		t.Fatal(err)
	}
	return startProgram(t, program, port, args...)
}

func startProgram(t *testing.T, program, port string, args ...string) *process {
	t.Helper()
	dir := shortTempDir(t)
	socket := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close() //nolint:errcheck // the copy lives
	lock, err := os.Create(filepath.Join(dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, control: control.NewClient(socket), secret: control.NewSecret(), port: port, ended: make(chan struct{})}
	p.cmd = exec.Command(program, append([]string{"--port=" + port, "--external_host=localhost"}, args...)...)
	p.cmd.Env = append(environ(), control.EnvRoomKey+"="+sharedKey,
		fmt.Sprintf("%s=%x", control.EnvRoomSecret, p.secret), control.EnvControlFD+"=3", control.EnvLockFD+"=4")
	p.cmd.ExtraFiles = []*os.File{listener, lock}
	p.cmd.Stderr = &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	listener.Close() //nolint:errcheck // the process has it
	lock.Close()     //nolint:errcheck // likewise
	go func() {
		defer close(p.ended)
		p.cmd.Wait() //nolint:errcheck // see exitCode
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill() //nolint:errcheck // it has ended as a rule
		p.control.Close()
		<-p.ended
	})
	return p
}

// startPlain starts a room process with nothing but arguments.
func startPlain(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, ended: make(chan struct{})}
	p.cmd = exec.Command(os.Args[0], args...)
	p.cmd.Env = environ()
	p.cmd.Stderr = &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		p.cmd.Wait() //nolint:errcheck // see exitCode
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill() //nolint:errcheck // it has ended as a rule
		<-p.ended
	})
	return p
}

func (p *process) exitCode() int {
	p.t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		p.t.Fatal("the process does not end")
		return -1
	}
}

func (p *process) stream() *control.Stream {
	p.t.Helper()
	s, err := p.control.Events(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// locked reports whether the process, or anybody, holds the lock file of p.
func (p *process) locked(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // frees the lock
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

func freePorts(t *testing.T) (http, media string) {
	t.Helper()
	return strconv.Itoa(porttest.Take(t, 1)), strconv.Itoa(porttest.Take(t, 1))
}

func TestProcessFromLaunchToStop(t *testing.T) {
	http, media := freePorts(t)
	p := startProcess(t, http, "--media_port="+media)
	stream := p.stream() // served before the session is known
	if e, err := stream.Next(); err != nil || e.Type != control.EventState || e.Ready {
		t.Fatalf("first line %+v, %v; want not ready", e, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := p.control.PutSession(ctx, session(robot)); err != nil {
		t.Fatal(err)
	}
	if e, err := stream.Next(); err != nil || e.Type != control.EventReady {
		t.Fatalf("got %+v, %v; want ready", e, err)
	}
	url := fmt.Sprintf("http://127.0.0.1:%s/devices?key=%s", http, control.InviteeKey(p.secret, robot.Kind, robot.UUID))
	peer, err := headless.Join(ctx, url, headless.Options{Tracks: picture("robot")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(peer.Close)
	if e, err := stream.Next(); err != nil || e.Type != control.EventJoined || e.Peer.ID != peer.ID() {
		t.Fatalf("got %+v, %v; want joined", e, err)
	}
	began := time.Now()
	if err := p.control.Stop(ctx, control.ReasonStopped); err != nil {
		t.Fatal(err)
	}
	if code := p.exitCode(); code != control.ExitStopped {
		t.Errorf("exit code %d, want 0: %s", code, p.stderr.String())
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("stop took %v, want less than 1s", took)
	}
	<-peer.Done()
	for _, secret := range []string{robot.Name, robot.UUID, sharedKey, "v=0", fmt.Sprintf("%x", p.secret)} {
		if strings.Contains(p.stderr.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestKilledProcessEndsTheEventStreamAndFreesTheLock(t *testing.T) {
	http, media := freePorts(t)
	p := startProcess(t, http, "--media_port="+media)
	stream := p.stream()
	if _, err := stream.Next(); err != nil {
		t.Fatal(err)
	}
	lock := fmt.Sprintf("/proc/%d/fd/4", p.cmd.Process.Pid)
	path, err := os.Readlink(lock)
	if err != nil {
		t.Fatal(err)
	}
	if !p.locked(path) {
		t.Error("the room does not hold the lock")
	}
	p.cmd.Process.Kill() //nolint:errcheck // that is the test
	if e, err := stream.Next(); err == nil {
		t.Errorf("got %+v, want the end of the stream", e)
	}
	<-p.ended
	if p.locked(path) {
		t.Error("the lock outlives the room")
	}
}

func TestTerminatedProcessTellsItsPeers(t *testing.T) {
	http, media := freePorts(t)
	p := startProcess(t, http, "--media_port="+media)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := p.control.PutSession(ctx, session(robot)); err != nil {
		t.Fatal(err)
	}
	stream := p.stream()
	stream.Next() //nolint:errcheck // state
	url := fmt.Sprintf("http://127.0.0.1:%s/devices?key=%s", http, control.InviteeKey(p.secret, robot.Kind, robot.UUID))
	peer, err := headless.Join(ctx, url, headless.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(peer.Close)
	p.cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // that is the test
	if code := p.exitCode(); code != control.ExitStopped {
		t.Errorf("exit code %d, want 0", code)
	}
	for {
		e, err := stream.Next()
		if err != nil {
			t.Fatalf("the stream ended without left: %v", err)
		}
		if e.Type == control.EventLeft {
			if e.Reason != control.ReasonShutdown {
				t.Errorf("left with reason %q", e.Reason)
			}
			break
		}
	}
}

func TestProcessExitCodes(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // over
	busy, err := net.ListenPacket("udp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close() //nolint:errcheck // over
	_, used, _ := net.SplitHostPort(taken.Addr().String())
	_, usedMedia, _ := net.SplitHostPort(busy.LocalAddr().String())
	free, freeMedia := freePorts(t)
	for name, tt := range map[string]struct {
		port string
		args []string
		code int
		text string
	}{
		"bad flag":         {free, []string{"--nonsense=1"}, control.ExitUsage, "nonsense"},
		"bad port":         {"70000", nil, control.ExitUsage, "port 70000"},
		"http port used":   {used, []string{"--media_port=" + freeMedia}, control.ExitPortUsed, "in use"},
		"media port used":  {free, []string{"--media_port=" + usedMedia}, control.ExitPortUsed, "in use"},
		"key is empty":     {free, []string{"--key="}, control.ExitUsage, "key is required"},
		"bad public ip":    {free, []string{"--media_public_ip=here"}, control.ExitUsage, "media_public_ip"},
		"two public ips":   {free, []string{"--media_public_ip=192.0.2.1,192.0.2.2"}, control.ExitUsage, "more than one address of a family"},
		"tls is asked for": {free, []string{"--local_ssl=true"}, control.ExitUsage, "local_ssl"},
	} {
		p := startProcess(t, tt.port, tt.args...)
		if code := p.exitCode(); code != tt.code {
			t.Errorf("%s: exit code %d, want %d: %s", name, code, tt.code, p.stderr.String())
		}
		lines := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
		if last := lines[len(lines)-1]; !strings.Contains(last, tt.text) {
			t.Errorf("%s: last line %q, want %q in it", name, last, tt.text)
		}
	}
}

func TestExitCode(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want int
	}{{nil, 0}, {errors.New("x"), 1}, {fmt.Errorf("a: %w", ErrUsage), 2}, {fmt.Errorf("a: %w", ErrPortUsed), 3}} {
		if got := ExitCode(tt.err); got != tt.want {
			t.Errorf("ExitCode(%v) = %d, want %d", tt.err, got, tt.want)
		}
	}
}

// A room that takes more memory than it may tells its peers to come back and ends with its own code, for rehab to start it again.
func TestRoomWithTooMuchMemoryEnds(t *testing.T) {
	http, media := freePorts(t)
	p := startBuilt(t, http, "--media_port="+media, "--memory_mb=1", "--nice=3", "--oom_score=600")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := p.control.PutSession(ctx, session(robot)); err != nil {
		t.Fatal(err)
	}
	stream := p.stream()
	for path, want := range map[string]string{"oom_score_adj": "600", "stat": " 23 3 ", "limits": "Max open files            4096                 4096"} {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, path))
		if err != nil || !strings.Contains(string(raw), want) {
			t.Errorf("%s lacks %q: %s, %v", path, want, raw, err)
		}
	}
	url := fmt.Sprintf("ws://127.0.0.1:%s/devices?key=%s", http, control.InviteeKey(p.secret, robot.Kind, robot.UUID))
	ws, _, err := websocket.DefaultDialer.DialContext(ctx, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close() //nolint:errcheck // over
	if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"join","protocol":1}`)); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, _, err = ws.ReadMessage()
	}
	if !websocket.IsCloseError(err, websocket.CloseServiceRestart) {
		t.Errorf("the peer's websocket ended with %v, want close code 1012", err)
	}
	if code := p.exitCode(); code != control.ExitMemory {
		t.Errorf("exit code %d, want %d", code, control.ExitMemory)
	}
	lines := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
	if last := lines[len(lines)-1]; !strings.Contains(last, "too much memory") {
		t.Errorf("last line %q", last)
	}
	for {
		if _, err := stream.Next(); err != nil {
			break
		}
	}
}
