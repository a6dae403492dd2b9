package rehab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/opentera"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/room/roomtest"
)

func TestSessionsSurviveKillOfRehab(t *testing.T) {
	s := prepare(t)
	s.runProcess()
	r := started(s)
	port := r.port(t)
	url := s.urlOf(participant("part-1"))
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventJoined, Peer: peerOf(participant("part-1"), "a")})
	waitFor(t, "in the room", func() bool { return s.statusOf(port, participant("part-1")) == control.InRoom })
	pid := s.record(port).Process.PID
	s.killRehab()
	if got := pageStatus(t, url); got != http.StatusOK {
		t.Fatalf("page while rehab is dead %d, want 200", got)
	}
	s.seen.clear()
	s.runProcess()
	if got := s.record(port).Process.PID; got != pid {
		t.Errorf("another room process %d, want %d", got, pid)
	}
	await[*opentera.JoinSessionEvent](s.seen, topicOf(device("dev-1")), 1) // in case its invitation was lost
	if got := of[*opentera.JoinSessionEvent](s.seen, topicOf(participant("part-1"))); len(got) > 0 {
		t.Error("somebody in the room was invited again")
	}
	s.must("invited", fmt.Sprintf(`{"action":"invite","id_session":%d,"session_users":[],"session_participants":["part-2"],"session_devices":[]}`, r.id()))
	s.must("removed", fmt.Sprintf(`{"action":"remove","id_session":%d,"session_users":[],"session_participants":["part-1"],"session_devices":[]}`, r.id()))
	if got := pageStatus(t, url); got != http.StatusForbidden {
		t.Errorf("removed participant's page %d, want 403", got)
	}
	if got := s.urlOf(participant("part-2")); pageStatus(t, got) != http.StatusOK {
		t.Error("new invitee's page is not there")
	}
	other := s.must("started", `{"action":"start","id_session":0,"id_session_type":4,"id_creator_user":9}`)
	if other.port(t) == port {
		t.Error("the port was given away")
	}
	s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
	s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, other.id()))
	waitFor(t, "free ports", func() bool { return s.freePorts() == 3 })
}

func TestDeadRoomIsStartedAgainByTheNextRehab(t *testing.T) {
	s := prepare(t)
	s.runProcess()
	r := started(s)
	port := r.port(t)
	s.killRehab()
	syscall.Kill(s.record(port).Process.PID, syscall.SIGKILL)
	s.runProcess()
	waitFor(t, "the room", func() bool { return pageStatus(t, s.urlOf(participant("part-1"))) == http.StatusOK })
	s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
}

func TestKilledRoomComesBackWithItsKey(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	url := s.urlOf(participant("part-1"))
	syscall.Kill(s.record(r.port(t)).Process.PID, syscall.SIGKILL)
	began := time.Now()
	waitFor(t, "the room", func() bool { return pageStatus(t, url) == http.StatusOK })
	if took := time.Since(began); took > time.Second {
		t.Errorf("back after %v, want within 1s", took)
	}
	if got := pageStatus(t, r.Session.Text("session_url_users")); got != http.StatusOK {
		t.Errorf("page with the shared key %d", got)
	}
}

func TestUnfinishedStartIsUndone(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	port := r.port(t)
	s.stop()
	rec := s.record(port)
	path := filepath.Join(s.dir, fmt.Sprintf("%d.json", port))
	raw, _ := os.ReadFile(path)
	changed := []byte(strings.Replace(string(raw), `"phase":"running"`, `"phase":"starting"`, 1))
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	s.run()
	waitFor(t, "free ports", func() bool { return s.freePorts() == 3 })
	if err := syscall.Kill(rec.Process.PID, 0); err == nil && alive(rec.Process.PID) {
		t.Error("the room still runs")
	}
}

func TestUnfinishedStopIsFinished(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	port := r.port(t)
	s.stop()
	path := filepath.Join(s.dir, fmt.Sprintf("%d.json", port))
	raw, _ := os.ReadFile(path)
	changed := strings.Replace(string(raw), `"phase":"running"`, `"phase":"stopping","ending":{"status":2,"at":"2026-01-01T00:00:00Z","duration":77}`, 1)
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	s.seen.clear()
	s.run()
	await[*opentera.StopSessionEvent](s.seen, topicOf(participant("part-1")), 1)
	waitFor(t, "row completed", func() bool { return s.core.status(r.id()) == backend.Completed })
	if got := num(s.core.row(r.id())["session_duration"]); got != 77 {
		t.Errorf("duration %d, want 77", got)
	}
	waitFor(t, "free ports", func() bool { return s.freePorts() == 3 })
}

func TestRoomWithoutRecordIsEnded(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	s.stop()
	path := filepath.Join(s.dir, fmt.Sprintf("%d.json", r.port(t)))
	if err := os.Rename(path, path+".lost"); err != nil {
		t.Fatal(err)
	}
	s.run()
	waitFor(t, "free ports", func() bool { return s.freePorts() == 3 })
}

func TestUnreadableRecordIsPutAside(t *testing.T) {
	s := prepare(t)
	path := filepath.Join(s.dir, fmt.Sprintf("%d.json", s.base))
	if err := os.WriteFile(path, []byte(`{"version":1,"port":`), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run()
	if _, err := os.Stat(path + ".bad"); err != nil {
		t.Error(err)
	}
	s.must("started", startFields)
}

func TestRedisRestart(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	s.redis.Stop()
	syscall.Kill(s.record(r.port(t)).Process.PID, syscall.SIGKILL) // a room does not need Redis to come back
	waitFor(t, "the room", func() bool { return pageStatus(t, r.Session.Text("session_url_users")) == http.StatusOK })
	s.redis.Start(t)
	s.register()
	waitFor(t, "answers again", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.bus.Call(ctx, bus.ServiceRPC(serviceName), "session_type_config", "{}")
		return err == nil
	})
	s.seen.clear()
	s.must("removed", fmt.Sprintf(`{"action":"remove","id_session":%d,"session_users":[],"session_participants":["part-1"],"session_devices":[]}`, r.id()))
	await[*opentera.LeaveSessionEvent](s.seen, topicOf(user("user-7")), 1)
	s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
}

// A restarted core has another service key; upstream's services keep the old one until they are restarted.
func TestCoreWithANewKey(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	s.core.mu.Lock()
	s.core.key = "service-key-of-the-second-core----"
	s.core.mu.Unlock()
	s.set(varServiceKey, "service-key-of-the-second-core----")
	s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
	if got := s.core.status(r.id()); got != backend.Completed {
		t.Errorf("status %d", got)
	}
}

func TestRehabWaitsForItsRegistration(t *testing.T) {
	s := prepare(t)
	if err := s.bus.Delete(t.Context(), varService+serviceName); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, s.cfg) }()
	s.register()
	s.awaitReady()
	cancel()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestSecondRehabIsRefused(t *testing.T) {
	s := newSystem(t)
	if err := Run(t.Context(), s.cfg); !errors.Is(err, errOtherRehab) {
		t.Errorf("got %v, want errOtherRehab", err)
	}
}

// After a restart of rehab the creator's absence in the meantime is noticed.
func TestPresenceIsAskedAfterARestart(t *testing.T) {
	s := newSystem(t, withGrace(0))
	s.userManager()
	started(s)
	s.says(user("user-7"), true)
	waitFor(t, "creator seen", func() bool {
		files, _ := filepath.Glob(filepath.Join(s.dir, "[0-9]*.json"))
		return len(files) == 1 && s.record(atoi(filepath.Base(files[0][:len(files[0])-5]))).SeenCreator
	})
	s.stop()
	s.run()
	await[*opentera.StopSessionEvent](s.seen, topicOf(participant("part-1")), 1)
}

func alive(pid int) bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	for i := len(raw) - 1; i >= 0; i-- {
		if raw[i] == ')' {
			return raw[i+2] != 'Z'
		}
	}
	return false
}

func kill(pid int) { syscall.Kill(pid, syscall.SIGKILL) }
