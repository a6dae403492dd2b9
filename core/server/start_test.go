package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"google.golang.org/protobuf/proto"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server"
	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/bus/bustest"
	"github.com/gotera/gotera/proto/opentera"
)

// The first start makes an administrator whose password is told once and must be changed.
func TestFirstStart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db configs.Database) {
		s := servertest.Start(t, db, func(c *server.Config) {
			c.Tests, c.Demo = false, true
			c.ServicePorts = map[string]int{"VideoRehabService": 12345}
		})
		if s.Started.AdminPassword == "" || s.Started.Demo == nil {
			t.Fatalf("started: got %+v", s.Started)
		}
		if a := s.Get(t, "/api/user/login", servertest.Basic("admin", s.Started.AdminPassword)); a.Object()["reason"] != "password_change" {
			t.Errorf("admin: got %d %s", a.Status, a.Text)
		}
		d := s.Started.Demo
		if a := s.Get(t, "/api/user/login", servertest.Basic(d.Username, d.Password)); a.Status != 200 || a.Object()["user_token"] == nil {
			t.Errorf("clinician: got %d %s", a.Status, a.Text)
		}
		for _, p := range d.Participants {
			if a := s.Get(t, "/api/participant/login", servertest.Token(p.Token)); a.Status != 200 || a.Object()["participant_name"] != p.Name {
				t.Errorf("participant: got %d %s", a.Status, a.Text)
			}
		}
		for _, dev := range d.Devices {
			if a := s.Get(t, "/api/device/login", servertest.Token(dev.Token)); a.Status != 200 {
				t.Errorf("device: got %d %s", a.Status, a.Text)
			}
		}
		raw, err := s.Bus.Get(t.Context(), "service.VideoRehabService")
		if err != nil || !strings.Contains(raw, `"service_port":12345`) {
			t.Errorf("service.VideoRehabService: got %s %v, want the port that was configured", raw, err)
		}
		versions, err := s.Store.Setting(t.Context(), store.SettingServerVersions)
		if err != nil || !strings.Contains(versions, "OpenTeraPlus") {
			t.Errorf("ServerVersions: got %s %v", versions, err)
		}
		s.Stop()
		s.Run(t)
		if s.Started.AdminPassword != "" {
			t.Error("the second start tells an administrator's password again")
		}
	})
}

func TestStartErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	ctx, cancel := context.WithTimeout(t.Context(), servertest.Wait)
	defer cancel()
	err = server.Run(ctx, server.Config{Core: configs.Core{
		Server: configs.Server{Port: taken.Addr().(*net.TCPAddr).Port}, Database: storetest.SQLite(t), Redis: configs.Redis{Hostname: "127.0.0.1", Port: 1},
	}})
	var op *net.OpError
	if !errors.As(err, &op) {
		t.Errorf("port in use: got %v, want an error at once", err)
	}
}

// A core whose Redis is not there waits for it, and stops when told to.
func TestStartWithoutRedis(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	var log lockedBuffer
	go func() {
		ended <- server.Run(ctx, server.Config{
			Core:  configs.Core{Database: storetest.SQLite(t), Redis: configs.Redis{Hostname: "127.0.0.1", Port: 1}},
			Tests: true, BcryptCost: 4, Listener: ln, Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
	}()
	servertest.Eventually(t, "a word in the log", func() bool { return strings.Contains(log.String(), "waiting for redis") })
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("got %v, want nil", err)
		}
	case <-time.After(servertest.Wait):
		t.Fatal("does not stop")
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}
func (l *lockedBuffer) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// Changes are announced on the bus after the commit, secrets are not; disabled services lose their variable.
func TestDatabaseEvents(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	events := make(chan *opentera.DatabaseEvent, 64)
	sub, err := s.Bus.Subscribe(t.Context(), func(_ context.Context, m bus.Message) {
		var e opentera.TeraEvent
		var d opentera.DatabaseEvent
		if proto.Unmarshal(m.Payload, &e) == nil && len(e.Events) == 1 && e.Events[0].UnmarshalTo(&d) == nil {
			events <- &d
		}
	}, bus.DatabaseEvents("*"))
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	a := s.Post(t, "/api/user/participants", map[string]any{"participant": map[string]any{"id_participant": 0, "id_project": 1, "participant_name": "x"}}, s.User(t, "admin"))
	if a.Status != 200 {
		t.Fatalf("create: got %d", a.Status)
	}
	for {
		select {
		case e := <-events:
			var o map[string]any
			if err := json.Unmarshal([]byte(e.ObjectValue), &o); err != nil {
				t.Fatalf("event: got %v", e)
			}
			if o["participant_uuid"] != a.List()[0]["participant_uuid"] {
				continue // the test data, the login
			}
			if e.Type != opentera.DatabaseEvent_DB_CREATE || e.ObjectType != "participant" {
				t.Errorf("event: got %v", e)
			}
			return
		case <-time.After(servertest.Wait):
			t.Fatal("no event")
		}
	}
}

// The journal of logins is written for the logging service, without tokens and without what unknown people type.
func TestLoginJournal(t *testing.T) {
	s := servertest.Start(t, storetest.SQLite(t))
	s.Get(t, "/api/user/login", servertest.Basic("my-password-typed-as-name", "x"))
	s.Get(t, "/api/user/sites", servertest.Token("some-secret-token"))
	s.Get(t, "/api/user/login", servertest.Basic("admin", "wrong"))
	s.Get(t, "/api/user/login", servertest.Basic("admin", "admin"), servertest.Header("X-Client-Name", "OpenTeraPlus"), servertest.Header("X-Client-Version", "1.0.0"))
	var failures, successes []*opentera.LoginEvent
	servertest.Eventually(t, "the journal", func() bool {
		failures, successes = readJournal(t, s, "log.error"), readJournal(t, s, "log.info")
		return len(failures) >= 3 && len(successes) >= 1
	})
	want := []opentera.LoginEvent_LoginStatus{
		opentera.LoginEvent_LOGIN_STATUS_FAILED_WITH_WRONG_USERNAME, opentera.LoginEvent_LOGIN_STATUS_FAILED_WITH_INVALID_TOKEN,
		opentera.LoginEvent_LOGIN_STATUS_FAILED_WITH_WRONG_PASSWORD,
	}
	for i, e := range failures {
		if e.LoginStatus != want[i] || e.ClientIp != "127.0.0.1" {
			t.Errorf("failure %d: got %v", i, e)
		}
		if text := e.String(); strings.Contains(text, "secret") || strings.Contains(text, "typed") {
			t.Errorf("failure %d tells a secret: %s", i, text)
		}
	}
	if e := successes[0]; e.LoginStatus != opentera.LoginEvent_LOGIN_STATUS_SUCCESS || e.ClientName != "OpenTeraPlus" || e.UserUuid == "" {
		t.Errorf("success: got %v", e)
	}
}

// readJournal reads a list of the journal without emptying it.
func readJournal(t *testing.T, s *servertest.Server, list string) []*opentera.LoginEvent {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: s.Redis.Addr, Password: bustest.Password})
	defer c.Close()
	raw, err := c.LRange(t.Context(), list, 0, -1).Result()
	if err != nil {
		t.Fatal(err)
	}
	var events []*opentera.LoginEvent
	for _, r := range raw {
		var e opentera.TeraEvent
		l := &opentera.LoginEvent{}
		if proto.Unmarshal([]byte(r), &e) != nil || len(e.Events) != 1 || e.Events[0].UnmarshalTo(l) != nil || e.Header.Topic != list {
			t.Fatalf("%s holds %q", list, r)
		}
		events = append(events, l)
	}
	return events
}
