package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/gotera/gotera/proto/bus"
)

// system is a core and a rehab service on one redis-server, with the demonstration accounts.
type system struct {
	bin, dir  string
	redisPort int
	roomPort  int // first port of the rooms that rehab starts
	bus       *bus.Bus
	children  []*exec.Cmd

	sessionType int
	creator     int
	user        string
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func startSystem(ctx context.Context, bin, dir string) (*system, error) {
	s := &system{bin: bin, dir: dir, roomPort: 12000 + os.Getpid()%5000}
	var ports [3]int
	for i := range ports {
		var err error
		if ports[i], err = freePort(); err != nil {
			return nil, err
		}
	}
	s.redisPort = ports[0]
	if err := s.spawn(exec.Command("redis-server", "--port", strconv.Itoa(s.redisPort), "--save", "", "--dir", dir), nil); err != nil {
		return nil, err
	}
	s.bus = bus.Open(bus.Config{Addr: fmt.Sprintf("127.0.0.1:%d", s.redisPort)})
	if err := wait(ctx, 5*time.Second, func() error { return s.bus.Ping(ctx) }); err != nil {
		return nil, fmt.Errorf("redis-server: %w", err)
	}
	redis := map[string]any{"hostname": "127.0.0.1", "port": s.redisPort}
	core := map[string]any{"Server": map[string]any{"port": ports[1]}, "Redis": redis,
		"Database": map[string]any{"db_type": "sqlite", "name": filepath.Join(dir, "bench.db")}}
	rehab := map[string]any{"Redis": redis, "Backend": map[string]any{"hostname": "127.0.0.1", "port": ports[1], "scheme": "http"},
		"WebRTC": map[string]any{"local_base_port": s.roomPort, "media_base_port": s.roomPort + 10000, "state_directory": filepath.Join(dir, "rehab")}}
	var printed output
	for _, p := range []struct {
		name string
		cfg  any
		out  io.Writer
		args []string
	}{{"core", core, &printed, []string{"--demo"}}, {"rehab", rehab, nil, []string{"--stop-rooms"}}} {
		raw, err := json.Marshal(p.cfg)
		if err != nil {
			return nil, err
		}
		file := filepath.Join(dir, p.name+".json")
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			return nil, err
		}
		if err := s.spawn(exec.Command(bin, append([]string{p.name, "--config", file}, p.args...)...), p.out); err != nil {
			return nil, err
		}
		if p.name == "core" {
			if err := s.waitForCore(ctx, fmt.Sprintf("http://127.0.0.1:%d", ports[1]), &printed); err != nil {
				return nil, err
			}
		}
	}
	return s, wait(ctx, 10*time.Second, func() error {
		_, err := s.bus.Call(ctx, bus.ServiceRPC("VideoRehabService"), "session_type_config", `{"id_session_type":1}`)
		return err
	})
}

// waitForCore learns the demonstration clinician's ids once the core answers.
func (s *system) waitForCore(ctx context.Context, base string, printed *output) error {
	clinician := regexp.MustCompile(`clinician (\S+) / (\S+)`)
	return wait(ctx, 20*time.Second, func() error {
		m := clinician.FindStringSubmatch(printed.String())
		if m == nil {
			return errors.New("the core has not started")
		}
		var login struct {
			UUID  string `json:"user_uuid"`
			Token string `json:"user_token"`
		}
		if err := get(ctx, base+"/api/user/login", func(r *http.Request) { r.SetBasicAuth(m[1], m[2]) }, &login); err != nil {
			return err
		}
		token := func(r *http.Request) { r.Header.Set("Authorization", "OpenTera "+login.Token) }
		var users []struct {
			ID int `json:"id_user"`
		}
		if err := get(ctx, base+"/api/user/users?self=true", token, &users); err != nil || len(users) == 0 {
			return fmt.Errorf("self: %w", err)
		}
		var types []struct {
			ID      int    `json:"id_session_type"`
			Service string `json:"session_type_service_key"`
		}
		if err := get(ctx, base+"/api/user/sessiontypes", token, &types); err != nil {
			return err
		}
		for _, t := range types {
			if t.Service == "VideoRehabService" {
				s.user, s.creator, s.sessionType = login.UUID, users[0].ID, t.ID
				return nil
			}
		}
		return errors.New("no session type of VideoRehabService")
	})
}

func get(ctx context.Context, url string, auth func(*http.Request), into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	auth(req)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", req.URL.Path, res.Status)
	}
	return json.NewDecoder(res.Body).Decode(into)
}

func (s *system) spawn(cmd *exec.Cmd, stdout io.Writer) error {
	cmd.Stdout = stdout
	if err := cmd.Start(); err != nil {
		return err
	}
	s.children = append(s.children, cmd)
	return nil
}

func (s *system) stop() {
	for i := len(s.children) - 1; i >= 0; i-- {
		s.children[i].Process.Signal(os.Interrupt)
		done := make(chan struct{})
		go func() { s.children[i].Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(8 * time.Second):
			s.children[i].Process.Kill()
		}
	}
	s.bus.Close()
}

// wait calls f until it succeeds.
func wait(ctx context.Context, most time.Duration, f func() error) error {
	deadline := time.Now().Add(most)
	for {
		err := f()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// watchReady reports when "Ready!" is published on any room's topic.
func (s *system) watchReady(ctx context.Context) (<-chan time.Time, func(), error) {
	at := make(chan time.Time, 1)
	sub, err := s.bus.Subscribe(ctx, func(_ context.Context, m bus.Message) {
		if string(m.Payload) == "Ready!" && strings.Count(m.Topic, ".") == 1 {
			select {
			case at <- time.Now():
			default:
			}
		}
	}, "webrtc.*")
	if err != nil {
		return nil, nil, err
	}
	return at, func() { sub.Close() }, nil
}

// served waits until the page answers 200 and returns when.
func served(ctx context.Context, url string) (time.Time, error) {
	deadline := time.Now().Add(15 * time.Second)
	for {
		res, err := http.Get(url)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if err == nil && res.StatusCode == http.StatusOK {
				return time.Now(), nil
			}
			err = fmt.Errorf("%s", res.Status)
		}
		if time.Now().After(deadline) {
			return time.Time{}, fmt.Errorf("page: %w", err)
		}
		select {
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// rpcStart starts and stops a session the way the core does.
func (s *system) rpcStart(ctx context.Context) (sample, error) {
	ready, done, err := s.watchReady(ctx)
	if err != nil {
		return sample{}, err
	}
	defer done()
	args := func(m map[string]any) string {
		raw, _ := json.Marshal(map[string]any{"session_manage": m})
		return string(raw)
	}
	began := time.Now()
	raw, err := s.bus.Call(ctx, bus.ServiceRPC("VideoRehabService"), "session_manage", args(map[string]any{
		"action": "start", "id_service": 5, "id_session": 0, "id_session_type": s.sessionType,
		"id_creator_user": s.creator, "session_users": []string{s.user}, "session_participants": []string{}, "session_devices": []string{},
	}))
	if err != nil {
		return sample{}, err
	}
	answered := time.Now()
	var answer struct {
		Status  string `json:"status"`
		Text    string `json:"error_text"`
		Session struct {
			ID  int    `json:"id_session"`
			URL string `json:"session_url_users"`
		} `json:"session"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil || answer.Status != "started" {
		return sample{}, fmt.Errorf("start: %v %s %s", err, answer.Status, answer.Text)
	}
	port := regexp.MustCompile(`/webrtc/(\d+)(/.*)`).FindStringSubmatch(answer.Session.URL)
	if port == nil {
		return sample{}, fmt.Errorf("session_url_users has no port")
	}
	page, err := served(ctx, "http://127.0.0.1:"+port[1]+port[2])
	if err != nil {
		return sample{}, err
	}
	out := sample{answered: answered.Sub(began), ready: (<-ready).Sub(began), page: page.Sub(began)}
	pid, err := listenerPID(port[1])
	if err != nil {
		return sample{}, err
	}
	time.Sleep(2 * time.Second)
	if out.rss, out.pss, err = memory(pid); err != nil {
		return sample{}, err
	}
	_, err = s.bus.Call(ctx, bus.ServiceRPC("VideoRehabService"), "session_manage", args(map[string]any{"action": "stop", "id_session": answer.Session.ID}))
	return out, err
}

func (s *system) roomStart(ctx context.Context) (sample, error) {
	port := s.roomPort + 2000
	return s.processStart(ctx, port, func(key string) *exec.Cmd {
		cmd := exec.Command(s.bin, "room", fmt.Sprintf("--port=%d", port), fmt.Sprintf("--redis_port=%d", s.redisPort), "--redis_hostname=127.0.0.1", "--key="+key)
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
		return cmd
	})
}

func (s *system) nodeStart(ctx context.Context, dir string) (sample, error) {
	port := s.roomPort + 2001
	return s.processStart(ctx, port, func(key string) *exec.Cmd {
		cmd := exec.Command("node", "server.js", fmt.Sprintf("--port=%d", port), fmt.Sprintf("--redis_port=%d", s.redisPort), "--key="+key)
		cmd.Dir = dir
		return cmd
	})
}

// processStart launches one room process and ends it again.
func (s *system) processStart(ctx context.Context, port int, command func(key string) *exec.Cmd) (sample, error) {
	ready, done, err := s.watchReady(ctx)
	if err != nil {
		return sample{}, err
	}
	defer done()
	key := uuid.NewString()
	cmd := command(key)
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return sample{}, err
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	page, err := served(ctx, fmt.Sprintf("http://127.0.0.1:%d/users?key=%s", port, key))
	if err != nil {
		return sample{}, err
	}
	out := sample{page: page.Sub(began)}
	select {
	case at := <-ready:
		out.ready = at.Sub(began)
	case <-time.After(15 * time.Second):
		return sample{}, errors.New(`no "Ready!"`)
	}
	time.Sleep(2 * time.Second)
	out.rss, out.pss, err = memory(cmd.Process.Pid)
	return out, err
}

// output collects what a child prints while others read it.
type output struct {
	mu   sync.Mutex
	text []byte
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}
