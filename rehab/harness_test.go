package rehab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/bus/bustest"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/porttest"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/room/roomtest"
)

const (
	serviceUUID = "6a1f5a8e-0001-4a6b-9c55-000000000001"
	serviceName = "VideoRehabService"
	firstKey    = "service-key-of-the-first-core-----"
	userKey     = "user-key-of-the-first-core--------"
)

// TestMain makes the test program a fake room or a rehab of its own when it is started as one.
func TestMain(m *testing.M) {
	roomtest.Main()
	if len(os.Args) > 2 && os.Args[1] == "rehab-process" {
		os.Exit(rehabProcess(os.Args[2]))
	}
	os.Exit(m.Run())
}

// rehabProcess runs Run with the configuration in a file, as a process that can be killed.
func rehabProcess(file string) int {
	cfg, err := configs.LoadRehab(file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	if err := Run(context.Background(), Config{Rehab: cfg, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// system is a rehab with what it talks to.
type system struct {
	t     *testing.T
	redis *bustest.Server
	bus   *bus.Bus
	core  *fakeCore
	cfg   Config
	dir   string
	base  int // first session port
	seen  *inbox

	online func() map[control.Who]bool // what the user manager says
	stop   func()                      // ends rehab
	proc   *exec.Cmd                   // of rehab when it is a process of its own
}

type option func(*system)

func withSessions(n int) option { return func(s *system) { s.cfg.Rehab.WebRTC.MaxSessions = n } }
func withRoomEnv(env string) option {
	return func(s *system) { s.cfg.roomEnv = append(s.cfg.roomEnv, env) }
}
func withGrace(seconds int) option {
	return func(s *system) { s.cfg.Rehab.WebRTC.GraceSeconds = seconds }
}
func withStopRooms() option { return func(s *system) { s.cfg.StopRooms = true } }
func withExecutable(e, script string) option {
	return func(s *system) { s.cfg.Rehab.WebRTC.Executable, s.cfg.Rehab.WebRTC.Script = e, script }
}

// newSystem starts a rehab on a Redis of its own.
func newSystem(t *testing.T, options ...option) *system {
	t.Helper()
	s := prepare(t, options...)
	s.run()
	return s
}

// prepare is newSystem without the start of rehab.
func prepare(t *testing.T, options ...option) *system {
	t.Helper()
	s := &system{t: t, redis: bustest.StartRedis(t), core: newFakeCore(t, firstKey), dir: t.TempDir()}
	s.bus = s.redis.Open(t)
	cfg, err := configs.LoadRehab("")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Service.MetricsListen = ""
	cfg.WebRTC.MaxSessions = 3
	cfg.WebRTC.Executable, cfg.WebRTC.Script = os.Args[0], "room"
	cfg.WebRTC.StateDirectory = s.dir
	cfg.WebRTC.TURN = configs.TURN{} // tests of it have their own
	cfg.WebRTC.Hostname = "Clinic.Example.org"
	host, port, _ := net.SplitHostPort(s.redis.Addr)
	cfg.Redis = configs.Redis{Hostname: host, Port: atoi(port), Password: bustest.Password}
	u, _ := url.Parse(s.core.URL)
	cfg.Backend = configs.Backend{Hostname: u.Hostname(), Port: atoi(u.Port()), Scheme: "http"}
	s.cfg = Config{Rehab: cfg, Version: "test", Log: slog.New(slog.NewTextHandler(testLog{t}, nil))}
	s.cfg.roomEnv = []string{"GORACE=atexit_sleep_ms=0"} // a test program with the race detector ends 1 s late
	for _, o := range options {
		o(s)
	}
	s.base = porttest.Take(t, s.cfg.Rehab.WebRTC.MaxSessions)
	s.cfg.Rehab.WebRTC.LocalBasePort = s.base
	s.cfg.Rehab.WebRTC.MediaBasePort = 1024
	s.cfg.Rehab.Service.Port = porttest.Take(t, 1)
	s.online = func() map[control.Who]bool { return nil }
	s.register()
	s.seen = newInbox(t, s.bus)
	t.Cleanup(s.killRooms)
	return s
}

// register writes what the core writes into Redis, and answers what its user manager answers.
func (s *system) register() {
	s.t.Helper()
	s.set(varServiceKey, firstKey)
	s.set(varUserKey, userKey)
	s.set(varService+serviceName, fmt.Sprintf(`{"id_service":5,"service_uuid":%q,"service_key":%q,"service_hostname":"127.0.0.1","service_port":%d}`,
		serviceUUID, serviceName, s.cfg.Rehab.Service.Port))
}

// userManager answers the user manager's calls.
func (s *system) userManager() {
	s.t.Helper()
	methods := map[string]bus.Method{}
	for _, kind := range kinds {
		methods["online_"+kind+"s"] = func(context.Context, bus.Args) (any, error) {
			list := []string{}
			for who := range s.online() {
				if who.Kind == kind {
					list = append(list, who.UUID)
				}
			}
			return list, nil
		}
	}
	server, err := s.bus.Serve(s.t.Context(), methods, bus.ModuleRPC(bus.UserManager))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { server.Close() })
}

func (s *system) set(key, value string) {
	s.t.Helper()
	if err := s.bus.Set(s.t.Context(), key, value, 0); err != nil {
		s.t.Fatal(err)
	}
}

// run starts rehab in this process and waits until it answers.
func (s *system) run() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, s.cfg) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) && err != nil {
				s.t.Errorf("Run: %v", err)
			}
		case <-time.After(20 * time.Second):
			s.t.Error("Run does not end")
		}
	})
	s.t.Cleanup(s.stop)
	s.awaitReady()
}

// runProcess starts rehab as a process that a test can kill.
func (s *system) runProcess() {
	s.t.Helper()
	raw, _ := json.Marshal(s.cfg.Rehab)
	file := filepath.Join(s.t.TempDir(), "rehab.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.proc = exec.Command(os.Args[0], "rehab-process", file)
	s.proc.Stderr = testLog{s.t}
	s.proc.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.proc.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(s.killRehab)
	s.awaitReady()
}

func (s *system) killRehab() {
	if s.proc != nil {
		s.proc.Process.Kill()
		s.proc.Wait()
		s.proc = nil
	}
}

func (s *system) awaitReady() {
	s.t.Helper()
	waitFor(s.t, "rehab", func() bool {
		res, err := http.Get(s.url("/api/config"))
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

func (s *system) url(path string) string {
	return fmt.Sprintf("http://127.0.0.1:%d%s", s.cfg.Rehab.Service.Port, path)
}

// killRooms ends every room that the test left alive, by the processes in the records.
func (s *system) killRooms() {
	files, _ := filepath.Glob(filepath.Join(s.dir, "*.json"))
	for _, f := range files {
		if r, err := readRecord(f); err == nil && r.Process.PID > 1 {
			syscall.Kill(-r.Process.PID, syscall.SIGKILL)
		}
	}
}

// record is what is on the disk of the only running session, or of that on port.
func (s *system) record(port int) record {
	s.t.Helper()
	r, err := readRecord(filepath.Join(s.dir, strconv.Itoa(port)+".json"))
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// result is the answer of session_manage.
type result struct {
	Status    string      `json:"status"`
	ErrorText string      `json:"error_text"`
	Warning   string      `json:"warning"`
	Session   backend.Row `json:"session"`
}

func (r result) id() int64 { return r.Session.Int("id_session") }

// port is that of the session's room.
func (r result) port(t *testing.T) int {
	t.Helper()
	u, err := url.Parse(r.Session.Text("session_url_users"))
	if err != nil {
		t.Fatal(err)
	}
	return atoi(strings.Split(u.Path, "/")[2])
}

// manage calls session_manage as the core does; fields are those of the object "session_manage".
func (s *system) manage(fields string) result {
	s.t.Helper()
	return s.raw(`{"session_manage":` + fields + `}`)
}

func (s *system) raw(body string) result {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 15*time.Second)
	defer cancel()
	raw, err := s.bus.Call(ctx, bus.ServiceRPC(serviceName), "session_manage", body)
	if err != nil {
		s.t.Fatalf("session_manage %s: %v", body, err)
	}
	var r result
	if err := json.Unmarshal(raw, &r); err != nil {
		s.t.Fatalf("session_manage %s: %v in %s", body, err, raw)
	}
	return r
}

// must fails the test unless the call has the status.
func (s *system) must(status, fields string) result {
	s.t.Helper()
	r := s.manage(fields)
	if r.Status != status {
		s.t.Fatalf("%s: got %q (%s), want %q", fields, r.Status, r.ErrorText, status)
	}
	return r
}

// refused fails the test unless the call is an error whose text has all of words.
func (s *system) refused(fields string, words ...string) {
	s.t.Helper()
	r := s.manage(fields)
	if r.Status != "error" {
		s.t.Fatalf("%s: got %q, want an error", fields, r.Status)
	}
	for _, w := range words {
		if !strings.Contains(r.ErrorText, w) {
			s.t.Errorf("%s: error text %q does not say %q", fields, r.ErrorText, w)
		}
	}
}

// startFields is a start by user 7 with one user, one participant and one device.
const startFields = `{"action":"start","id_service":5,"id_session":0,"id_session_type":4,"id_creator_user":7,
	"session_users":["user-7"],"session_participants":["part-1"],"session_devices":["dev-1"],"parameters":{"session_recordable":true}}`

// pageStatus asks a room for the page of an external URL.
func pageStatus(t *testing.T, external string) int {
	t.Helper()
	u, err := url.Parse(external)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(u.Path, "/") // "", webrtc, port, page
	res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%s/%s?%s", parts[2], parts[3], u.RawQuery))
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

// freePorts counts the session ports that could be taken.
func (s *system) freePorts() int {
	free := 0
	for i := range s.cfg.Rehab.WebRTC.MaxSessions {
		f, err := os.OpenFile(filepath.Join(s.dir, strconv.Itoa(s.base+i)+".lock"), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			s.t.Fatal(err)
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			free++
		}
		f.Close()
	}
	return free
}

func waitFor(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !cond(); time.Sleep(3 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func atoi(s string) int { n, _ := strconv.Atoi(s); return n }

// testLog writes into the test's log, and nothing once the test has ended.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	defer func() { _ = recover() }() // Log panics after the end of the test
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}
