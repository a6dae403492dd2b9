package rehab

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/opentera"
	"github.com/gotera/gotera/rehab/backend"
)

// Rehab.md 6, point 22: upstream posts one event after another and is too late for its caller.
func TestLargeInviteIsInTime(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	s.core.mu.Lock()
	s.core.delay = 50 * time.Millisecond
	s.core.mu.Unlock()
	uuids := make([]string, 150)
	for i := range uuids {
		uuids[i] = fmt.Sprintf(`"p-%d"`, i)
	}
	began := time.Now()
	answer := s.must("invited", fmt.Sprintf(`{"action":"invite","id_session":%d,"session_users":[],"session_participants":[%s],"session_devices":[]}`, r.id(), strings.Join(uuids, ",")))
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	if list := answer.Session["session_participants"].([]any); len(list) != 151 {
		t.Errorf("%d participants", len(list))
	}
	waitFor(t, "JOIN events", func() bool { return len(s.core.eventsOf(r.id(), backend.SessionJoin)) == 150 })
	await[*opentera.JoinSessionEvent](s.seen, "websocket.participant.p-149.events", 1)
}

// Calls about the same sessions, at once and in any order, never leave anything half done.
func TestActionsAtOnce(t *testing.T) {
	s := newSystem(t, withSessions(4))
	s.core.rows[55] = backend.Row{"id_session": 55, "session_uuid": "planned", "session_status": 0, "session_duration": 0}
	var callers sync.WaitGroup
	for c := range 8 {
		callers.Go(func() {
			for range 12 {
				id := 55 // by all callers
				if rand.IntN(3) == 0 {
					r := s.manage(fmt.Sprintf(`{"action":"start","id_session":0,"id_session_type":4,"id_creator_user":%d,"session_users":["u%d"]}`, c/2+1, c))
					if r.Status != "started" {
						continue
					}
					id = int(r.id())
				}
				switch rand.IntN(4) {
				case 0:
					s.manage(fmt.Sprintf(`{"action":"start","id_session":%d,"session_users":["u%d"]}`, id, c))
				case 1:
					s.manage(fmt.Sprintf(`{"action":"invite","id_session":%d,"session_users":["u%d"],"session_participants":[],"session_devices":[]}`, id, c))
				case 2:
					s.manage(fmt.Sprintf(`{"action":"remove","id_session":%d,"session_users":["u%d"],"session_participants":[],"session_devices":[]}`, id, c))
				case 3:
					s.manage(fmt.Sprintf(`{"action":"stop","id_session":%d}`, id))
				}
			}
		})
	}
	callers.Wait()
	list := s.sessionsOf("root", true)
	for _, v := range list {
		s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, v.ID))
	}
	waitFor(t, "free ports", func() bool { return s.freePorts() == 4 })
	waitFor(t, "no row in progress", func() bool { return s.core.inProgress() == 0 })
}

// A removal while the room is being started again holds when it is back.
func TestRemoveWhileTheRoomIsDown(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	url := s.urlOf(participant("part-1"))
	kill(s.record(r.port(t)).Process.PID)
	s.must("removed", fmt.Sprintf(`{"action":"remove","id_session":%d,"session_users":[],"session_participants":["part-1"],"session_devices":[]}`, r.id()))
	waitFor(t, "the room", func() bool { return pageStatus(t, r.Session.Text("session_url_users")) == http.StatusOK })
	if got := pageStatus(t, url); got != http.StatusForbidden {
		t.Errorf("removed participant's page %d, want 403", got)
	}
}
