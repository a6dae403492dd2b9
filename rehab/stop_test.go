package rehab

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/opentera"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/room/roomtest"
)

func TestStop(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	s.seen.clear()
	stop := fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id())
	answer := s.must("stopped", stop)
	for _, field := range []string{"session_key", "session_url_users", "session_events"} {
		if _, has := answer.Session[field]; has {
			t.Errorf("%s is in the answer: it should be the row", field)
		}
	}
	if got := memberUUIDs(answer.Session, control.Participant); len(got) != 1 || answer.Session.Int("session_status") != backend.Completed {
		t.Errorf("row %v", answer.Session)
	}
	await[*opentera.StopSessionEvent](s.seen, managerTopic, 1)
	for _, who := range []control.Who{user("user-7"), participant("part-1"), device("dev-1")} {
		list := of[*opentera.StopSessionEvent](s.seen, topicOf(who))
		if len(list) != 1 || list[0].SessionUuid != r.Session.Text("session_uuid") || list[0].ServiceUuid != serviceUUID {
			t.Errorf("%s got %v", who.Kind, list)
		}
	}
	if got := s.core.eventsOf(r.id(), backend.SessionStop); len(got) != 1 {
		t.Errorf("%d STOP events", len(got))
	}
	if got := pageStatus(t, r.Session.Text("session_url_users")); got == http.StatusOK {
		t.Error("the page is still there")
	}
	again := s.must("stopped", stop)
	if again.Session.Text("session_uuid") != r.Session.Text("session_uuid") || len(s.core.eventsOf(r.id(), backend.SessionStop)) != 1 {
		t.Error("a second stop is not that of the same session")
	}
	s.must("stopped", fmt.Sprintf(`{"action":"stop","session_uuid":%q}`, r.Session.Text("session_uuid")))
	s.refused(fmt.Sprintf(`{"action":"invite","id_session":%d,"session_users":["u"]}`, r.id()), "running")
	if got := s.freePorts(); got != 3 {
		t.Errorf("%d free ports, want 3", got)
	}
}

// Rehab.md 6, point 10: the core's failure leaves upstream half stopped. Here people are told, and the row is completed
// when the core works again, even by the next rehab.
func TestStopWhileTheDatabaseIsDown(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	s.core.breakWith(down)
	answer := s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
	if answer.Warning == "" || answer.Session.Int("session_status") != backend.Completed || answer.id() != r.id() {
		t.Errorf("answer %+v", answer)
	}
	await[*opentera.StopSessionEvent](s.seen, topicOf(participant("part-1")), 1)
	if got := s.core.status(r.id()); got != backend.InProgress {
		t.Fatalf("status %d", got)
	}
	if res := s.manage(fmt.Sprintf(`{"action":"start","id_session":%d}`, r.id())); !strings.Contains(res.ErrorText, "not recorded yet") {
		t.Errorf("start before that is recorded: %+v", res)
	}
	s.stop()
	s.core.breakWith(nil)
	s.run()
	waitFor(t, "row completed", func() bool { return s.core.status(r.id()) == backend.Completed })
	if got := s.core.eventsOf(r.id(), backend.SessionStop); len(got) != 1 {
		t.Errorf("%d STOP events, want 1", len(got))
	}
}

func TestDurationAddsUp(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	s.core.mu.Lock()
	s.core.rows[r.id()]["session_duration"] = 500 // edited meanwhile
	s.core.mu.Unlock()
	answer := s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
	if got := answer.Session.Int("session_duration"); got < 500 || got > 530 {
		t.Errorf("duration %d, want 500 and this run's seconds", got)
	}
}

// A row that another service left in progress can be stopped.
func TestStopOfAStrayRow(t *testing.T) {
	s := newSystem(t)
	s.core.rows[55] = backend.Row{"id_session": 55, "session_uuid": "stray", "session_status": 1, "session_duration": 9,
		"session_participants": []any{map[string]any{"participant_uuid": "lost", "participant_name": "Lost"}}}
	s.core.rows[56] = backend.Row{"id_session": 56, "session_uuid": "over", "session_status": 2}
	answer := s.must("stopped", `{"action":"stop","id_session":55}`)
	if answer.Session.Int("session_status") != backend.Terminated {
		t.Errorf("row %v", answer.Session)
	}
	await[*opentera.StopSessionEvent](s.seen, topicOf(participant("lost")), 1)
	s.refused(`{"action":"stop","id_session":56}`, "56", "running")
}

// Rehab.md 6, points 13 and 14: the creator's network may fail for a moment.
func TestCreatorAway(t *testing.T) {
	s := newSystem(t, withGrace(1))
	r := started(s)
	port, creator := r.port(t), user("user-7")
	s.says(creator, true)
	waitFor(t, "creator seen", func() bool { return s.record(port).SeenCreator })
	s.says(creator, false)
	s.says(creator, true)
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventJoined, Peer: peerOf(creator, "a")})
	waitFor(t, "creator in the room", func() bool { return s.statusOf(port, creator) == control.InRoom })
	s.says(creator, false)
	time.Sleep(1500 * time.Millisecond) // longer than the grace: a creator in the room keeps the session
	if got := s.core.status(r.id()); got != backend.InProgress {
		t.Fatalf("status %d while the creator is in the room", got)
	}
	gone := time.Now()
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventLeft, Peer: peerOf(creator, "a")})
	await[*opentera.StopSessionEvent](s.seen, topicOf(participant("part-1")), 1)
	if took := time.Since(gone); took < 900*time.Millisecond {
		t.Errorf("stopped after %v, want the grace of 1s", took)
	}
	waitFor(t, "row completed", func() bool { return s.core.status(r.id()) == backend.Completed })
	if got := s.core.eventsOf(r.id(), backend.SessionStop); len(got) != 1 || !strings.Contains(got[0], "away") {
		t.Errorf("STOP events %q", got)
	}
}

func TestParticipantAwayChangesNothing(t *testing.T) {
	s := newSystem(t, withGrace(0))
	r := started(s)
	s.says(participant("part-1"), true)
	s.says(participant("part-1"), false)
	s.says(device("dev-1"), false)
	s.says(user("user-7"), false) // a creator who was never online is not missed
	s.seen.clear()
	s.says(participant("part-1"), true)
	await[*opentera.JoinSessionEvent](s.seen, topicOf(participant("part-1")), 1)
	if got := s.core.status(r.id()); got != backend.InProgress {
		t.Errorf("status %d", got)
	}
	if got := of[*opentera.JoinSessionEvent](s.seen, topicOf(device("dev-1"))); len(got) > 0 {
		t.Error("others were invited too")
	}
	await[*opentera.JoinSessionEvent](s.seen, managerTopic, 1)
}

func TestCreatorAwayWithoutGrace(t *testing.T) {
	s := newSystem(t, withGrace(0))
	started(s)
	s.says(user("user-7"), true)
	s.says(user("user-7"), false)
	await[*opentera.StopSessionEvent](s.seen, topicOf(participant("part-1")), 1)
}

// Rehab.md 2 and 6, point 9: upstream never notices.
func TestRoomThatKeepsDyingEndsTheSession(t *testing.T) {
	s := newSystem(t, withRoomEnv(roomtest.EnvMode+"=short"))
	r := started(s)
	await[*opentera.StopSessionEvent](s.seen, topicOf(participant("part-1")), 1)
	waitFor(t, "row terminated", func() bool { return s.core.status(r.id()) == backend.Terminated })
	if got := s.core.eventsOf(r.id(), backend.SessionStop); len(got) != 1 || !strings.Contains(got[0], "room program") {
		t.Errorf("STOP events %q", got)
	}
	waitFor(t, "free ports", func() bool { return s.freePorts() == 3 })
}

func TestStopRooms(t *testing.T) {
	s := newSystem(t, withStopRooms())
	r := started(s)
	s.stop()
	if got := s.core.status(r.id()); got != backend.Completed {
		t.Errorf("status %d, want completed", got)
	}
	await[*opentera.StopSessionEvent](s.seen, topicOf(participant("part-1")), 1)
	if got := s.freePorts(); got != 3 {
		t.Errorf("%d free ports", got)
	}
}
