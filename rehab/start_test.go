package rehab

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/opentera"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/room/roomtest"
)

func TestStartAnswersEveryField(t *testing.T) {
	s := newSystem(t)
	r := s.must("started", startFields)
	port, key := r.port(t), r.Session.Text("session_key")
	if len(key) != 36 {
		t.Errorf("session_key %q is not a uuid", key)
	}
	base := fmt.Sprintf("https://clinic.example.org:40075/webrtc/%d/", port)
	for field, want := range map[string]string{
		"session_url_users":        base + "users?key=" + key,
		"session_url_participants": base + "participants?key=" + key,
		"session_url_devices":      base + "devices?key=" + key + "&pwd=" + key,
		"session_creator_uuid":     "user-7", "session_creator_user_uuid": "user-7", "session_creator_user": "Creator user 7",
		"session_creator_service_uuid": "service-uuid",
	} {
		if got := r.Session.Text(field); got != want {
			t.Errorf("%s = %q, want %q", field, got, want)
		}
	}
	for field, want := range map[string]string{"session_users": "[user-7]", "session_participants": "[part-1]", "session_devices": "[dev-1]"} {
		if got := fmt.Sprint(r.Session[field]); got != want {
			t.Errorf("%s = %s, want %s", field, got, want)
		}
	}
	for _, field := range []string{"id_session", "id_session_type", "session_duration", "session_status", "id_creator_user", "id_creator_device",
		"id_creator_participant", "id_creator_service", "session_uuid", "session_name", "session_start_datetime", "session_comments",
		"session_parameters", "session_assets_count", "session_tests_count"} {
		if _, ok := r.Session[field]; !ok {
			t.Errorf("%s is missing", field)
		}
	}
	if got := r.Session.Int("session_status"); got != backend.InProgress {
		t.Errorf("session_status %d, want 1", got)
	}
	events, _ := r.Session["session_events"].([]any)
	if len(events) != 1 || num(events[0].(map[string]any)["id_session_event_type"]) != backend.SessionStart {
		t.Errorf("session_events = %v, want the START event", events)
	}
	if got := pageStatus(t, r.Session.Text("session_url_users")); got != http.StatusOK {
		t.Errorf("page behind the answer's URL: %d, want 200", got)
	}
}

func TestInvitationsFollowTheAnswer(t *testing.T) {
	s := newSystem(t)
	r := s.must("started", startFields)
	await[*opentera.JoinSessionEvent](s.seen, managerTopic, 1)
	var order []string
	for _, d := range s.seen.all() {
		order = append(order, strings.SplitN(d.topic, ".", 3)[0]+"."+strings.SplitN(d.topic, ".", 3)[1])
	}
	want := []string{"RedisRPCClient", "websocket.user", "websocket.participant", "websocket.device", "module.TeraServer"}
	for i := range want {
		if len(order) != len(want) || !strings.HasPrefix(order[i], want[i]) {
			t.Fatalf("order %v, want %v", order, want)
		}
	}
	rec := s.record(r.port(t))
	spec, _ := rec.spec()
	for _, who := range []control.Who{user("user-7"), participant("part-1"), device("dev-1")} {
		e := of[*opentera.JoinSessionEvent](s.seen, topicOf(who))[0]
		key := control.InviteeKey(spec.Secret, who.Kind, who.UUID)
		if !strings.Contains(e.SessionUrl, "/"+who.Kind+"s?key="+key) {
			t.Errorf("%s: URL %q is not its own", who.Kind, e.SessionUrl)
		}
		if who.Kind == control.Device && !strings.HasSuffix(e.SessionUrl, "&pwd="+key) {
			t.Errorf("device URL %q has no pwd", e.SessionUrl)
		}
		if strings.Contains(e.SessionUrl, r.Session.Text("session_key")) {
			t.Errorf("%s: URL holds the shared key", who.Kind)
		}
		if got := pageStatus(t, e.SessionUrl); got != http.StatusOK {
			t.Errorf("%s: page %d, want 200", who.Kind, got)
		}
		if e.SessionCreatorName != "Creator user 7" || e.SessionUuid != r.Session.Text("session_uuid") || e.JoinMsg != "Join me!" ||
			e.SessionParameters != `{"session_recordable":true}` || e.ServiceUuid != serviceUUID ||
			!slices.Equal(e.SessionUsers, []string{"user-7"}) || !slices.Equal(e.SessionParticipants, []string{"part-1"}) || !slices.Equal(e.SessionDevices, []string{"dev-1"}) {
			t.Errorf("%s: event %v", who.Kind, e)
		}
	}
	for _, d := range s.seen.all() {
		if d.topic == managerTopic && d.source != "serviceVideoRehabService" {
			t.Errorf("source %q", d.source)
		}
	}
}

func TestDuplicatesAreDropped(t *testing.T) {
	s := newSystem(t)
	r := s.must("started", `{"action":"start","id_session":"0","id_session_type":"4","session_users":["u","u"],"session_participants":["p","p","p"]}`)
	if got := fmt.Sprint(r.Session["session_users"], r.Session["session_participants"], r.Session["session_devices"]); got != "[u] [p] []" {
		t.Errorf("members %s", got)
	}
	await[*opentera.JoinSessionEvent](s.seen, managerTopic, 1)
	s.seen.clear()
	s.must("invited", fmt.Sprintf(`{"action":"invite","id_session":"%d","session_users":["v","v","u"],"session_participants":[],"session_devices":[]}`, r.id()))
	if got := s.core.eventsOf(r.id(), backend.SessionJoin); len(got) != 1 || got[0] != "User: Name of v (v)" {
		t.Errorf("JOIN events %q, want one with the name", got)
	}
	await[*opentera.JoinSessionEvent](s.seen, managerTopic, 1)
	if got := len(of[*opentera.JoinSessionEvent](s.seen, topicOf(user("v")))); got != 1 {
		t.Errorf("%d invitations, want 1", got)
	}
}

func TestBadRequestsNameTheField(t *testing.T) {
	s := newSystem(t)
	for body, words := range map[string][]string{
		`{"action":"start","id_session":0}`:                                                                           {"id_session_type"},
		`{"action":"start","id_session":"zero"}`:                                                                      {"id_session", "whole number"},
		`{"action":"start","id_session":-4,"id_session_type":4}`:                                                      {"id_session"},
		`{"action":"start","id_session_type":4}`:                                                                      {"id_session is missing"},
		`{"id_session":1}`:                                                                                            {"action is missing"},
		`{"action":7,"id_session":1}`:                                                                                 {"action must be text"},
		`{"action":"dance","id_session":1}`:                                                                           {"Unknown action", "dance"},
		`{"action":"stop"}`:                                                                                           {"id_session is missing"},
		`{"action":"stop","id_session":4242}`:                                                                         {"4242", "running"},
		`{"action":"invite","id_session":4242,"session_users":["u"]}`:                                                 {"4242", "running"},
		`{"action":"remove","id_session":4242,"session_users":["u"]}`:                                                 {"4242", "running"},
		`{"action":"invite","id_session":4242}`:                                                                       {"session_users"},
		`{"action":"remove","session_uuid":"none","session_users":["u"]}`:                                             {"none", "running"},
		`{"action":"start","id_session":0,"id_session_type":4,"session_users":"u"}`:                                   {"session_users"},
		`{"action":"start","id_session":0,"id_session_type":4,"session_devices":["a b"]}`:                             {"session_devices"},
		`{"action":"invite_reply","id_session":1}`:                                                                    {"parameters"},
		`{"action":"invite_reply","id_session":1,"parameters":[]}`:                                                    {"parameters"},
		`{"action":"invite_reply","id_session":1,"parameters":{}}`:                                                    {"parameters.reply_code"},
		`{"action":"invite_reply","id_session":1,"parameters":{"reply_code":9,"user_uuid":"u"}}`:                      {"parameters.reply_code"},
		`{"action":"invite_reply","id_session":1,"parameters":{"reply_code":1}}`:                                      {"user_uuid"},
		`{"action":"invite_reply","id_session":4242,"parameters":{"reply_code":1,"user_uuid":"u"}}`:                   {"4242"},
		`{"action":"start","id_session":777,"id_session_type":4}`:                                                     {"cannot be read", "Forbidden"},
		`{"action":"start","id_session":0,"id_session_type":4,"session_participants":["forbidden-1"]}`:                {"access", "participant"},
		`{"action":"start","id_session":0,"id_session_type":4,"id_creator_user":"x","session_participants":["p"]}`:    {"id_creator_user"},
		`{"action":"start","id_session":0,"id_session_type":4,"session_users":["` + strings.Repeat("u", 65) + `"]}`:   {"session_users"},
		`{"action":"start","id_session":0,"id_session_type":4,"session_users":[` + many(maxInvitees+1) + `]}`:         {"session_users", "200"},
		`{"action":"invite_reply","id_session":1,"parameters":{"reply_code":1,"user_uuid":"u","reply_msg":{"a":1}}}`:  {"parameters.reply_msg"},
		`{"action":"invite_reply","id_session":1,"parameters":{"reply_code":"perhaps","participant_uuid":"p","x":1}}`: {"parameters.reply_code"},
	} {
		s.refused(body, words...)
	}
	for body, word := range map[string]string{"{": "Malformed JSON", "{}": "session_manage", `{"session_manage":[]}`: "session_manage", "": "Malformed JSON",
		`{"Session_Manage":{"action":"stop","id_session":1}}`: "session_manage is missing", `{"ſession_manage":{"action":"stop","id_session":1}}`: "session_manage is missing"} {
		if r := s.raw(body); r.Status != "error" || !strings.Contains(r.ErrorText, word) {
			t.Errorf("%q: %+v, want an error that says %q", body, r, word)
		}
	}
	if n := s.core.inProgress(); n != 0 {
		t.Errorf("%d rows in progress", n)
	}
	waitFor(t, "free ports", func() bool { return s.freePorts() == 3 })
}

func many(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"u%d"`, i)
	}
	return strings.Join(list, ",")
}

// Whatever fails, nothing is left: no row in progress, no record, no room, no port, nobody invited.
func TestFailedStartLeavesNothing(t *testing.T) {
	eventsFail := func(r *http.Request, _ []byte) (int, string) {
		if r.URL.Path == backend.EventsPath && r.Method == http.MethodPost {
			return http.StatusInternalServerError, `"Database error"`
		}
		return 0, ""
	}
	for name, tt := range map[string]struct {
		options []option
		fail    func(*http.Request, []byte) (int, string)
		words   string
	}{
		"executable missing":  {options: []option{withExecutable("/nonexistent/room", "room")}, words: "room program cannot be started"},
		"room crashes":        {options: []option{withRoomEnv(roomtest.EnvMode + "=crash")}, words: "told to crash"},
		"room is never ready": {options: []option{withRoomEnv(roomtest.EnvMode + "=deaf")}, words: "ready in time"},
		"database down":       {fail: down, words: "database does not answer"},
		"START event fails":   {fail: eventsFail, words: "START event cannot be recorded"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSystem(t, tt.options...)
			s.core.breakWith(tt.fail)
			s.refused(startFields, tt.words)
			s.core.breakWith(nil)
			waitFor(t, "no row in progress", func() bool { return s.core.inProgress() == 0 })
			waitFor(t, "free ports", func() bool { return s.freePorts() == 3 })
			left, _ := filepath.Glob(filepath.Join(s.dir, "[0-9]*.json"))
			socks, _ := filepath.Glob(filepath.Join(s.dir, "*.sock"))
			if len(left)+len(socks) > 0 {
				t.Errorf("left behind: %v %v", left, socks)
			}
			if got := of[*opentera.JoinSessionEvent](s.seen, topicOf(participant("part-1"))); len(got) > 0 {
				t.Error("somebody was invited")
			}
		})
	}
}

func TestCoreDownHasItsOwnText(t *testing.T) {
	s := newSystem(t)
	s.core.Server.Close()
	s.refused(startFields, "core does not answer")
	waitFor(t, "free ports", func() bool { return s.freePorts() == 3 })
}

func TestPortsExhausted(t *testing.T) {
	s := newSystem(t, withSessions(2))
	for i := range 2 {
		s.must("started", fmt.Sprintf(`{"action":"start","id_session":0,"id_session_type":4,"id_creator_user":%d}`, i+1))
	}
	rows := s.core.inProgress()
	s.refused(`{"action":"start","id_session":0,"id_session_type":4,"id_creator_user":9}`, "all session ports are in use")
	if got := s.core.inProgress(); got != rows {
		t.Errorf("%d rows in progress, want %d", got, rows)
	}
}

func TestForeignListenerIsSkipped(t *testing.T) {
	s := prepare(t, withSessions(2))
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", s.base))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s.run()
	r := s.must("started", startFields)
	if got := r.port(t); got != s.base+1 {
		t.Errorf("port %d, want %d", got, s.base+1)
	}
	s.refused(`{"action":"start","id_session":0,"id_session_type":4,"id_creator_user":9}`, "another program listens")
}

func TestFiftyStartsAndStopsReturnAllPorts(t *testing.T) {
	s := newSystem(t, withSessions(5))
	for i := range 50 {
		r := s.must("started", fmt.Sprintf(`{"action":"start","id_session":0,"id_session_type":4,"id_creator_user":%d,"session_participants":["p%d"]}`, i%3+1, i))
		if i%3 == 2 { // the others are ended by the next start of the same creator
			s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
		}
	}
	for _, id := range []int{1, 2} {
		r := s.must("started", fmt.Sprintf(`{"action":"start","id_session":0,"id_session_type":4,"id_creator_user":%d}`, id))
		s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
	}
	waitFor(t, "free ports", func() bool { return s.freePorts() == 5 })
	waitFor(t, "no row in progress", func() bool { return s.core.inProgress() == 0 })
}

// Rehab.md 6, point 12: upstream kills the first session without telling anybody.
func TestSecondSessionOfACreatorStopsTheFirst(t *testing.T) {
	s := newSystem(t)
	first := s.must("started", startFields)
	await[*opentera.JoinSessionEvent](s.seen, managerTopic, 1)
	s.seen.clear()
	second := s.must("started", startFields)
	await[*opentera.JoinSessionEvent](s.seen, managerTopic, 1)
	stops := await[*opentera.StopSessionEvent](s.seen, topicOf(participant("part-1")), 1)
	if stops[0].SessionUuid != first.Session.Text("session_uuid") {
		t.Error("the stop event is not about the first session")
	}
	var kinds []string
	for _, d := range s.seen.all() {
		if d.topic == topicOf(participant("part-1")) {
			kinds = append(kinds, string(d.message.ProtoReflect().Descriptor().Name()))
		}
	}
	if !slices.Equal(kinds, []string{"StopSessionEvent", "JoinSessionEvent"}) {
		t.Errorf("the participant got %v", kinds)
	}
	waitFor(t, "first row completed", func() bool { return s.core.status(first.id()) == backend.Completed })
	if got := s.core.eventsOf(first.id(), backend.SessionStop); len(got) != 1 || got[0] == "" {
		t.Errorf("STOP events %q, want one that says why", got)
	}
	if got := pageStatus(t, first.Session.Text("session_url_users")); got == http.StatusOK {
		t.Error("the first session's page is still there")
	}
	if got := s.core.status(second.id()); got != backend.InProgress {
		t.Errorf("second row has status %d", got)
	}
}

// Starts of one creator at the same time, of new sessions and of planned ones: none waits for another for ever, and one
// session remains.
func TestConcurrentStartsOfACreatorLeaveOne(t *testing.T) {
	s := newSystem(t, withSessions(5))
	for _, id := range []int64{55, 56} {
		s.core.rows[id] = backend.Row{
			"id_session": id, "session_uuid": fmt.Sprint("planned-", id), "session_status": 0, "session_duration": 0,
			"session_creator_user": "Creator user 7", "session_creator_user_uuid": "user-7",
		}
	}
	began := time.Now()
	var starts sync.WaitGroup
	for _, body := range []string{startFields, startFields, `{"action":"start","id_session":55}`, `{"action":"start","id_session":56}`} {
		starts.Go(func() {
			if r := s.manage(body); r.Status != "started" {
				t.Errorf("%s: %+v", body, r)
			}
		})
	}
	starts.Wait()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the starts took %v", took)
	}
	waitFor(t, "one session", func() bool { return s.freePorts() == 4 && s.core.inProgress() == 1 })
	time.Sleep(100 * time.Millisecond)
	if list := s.sessionsOf("user-7", false); len(list) != 1 {
		t.Errorf("%d sessions run, want 1", len(list))
	}
}

func TestServiceMayHaveSeveralSessions(t *testing.T) {
	s := newSystem(t)
	a := s.must("started", `{"action":"start","id_session":0,"id_session_type":4,"id_creator_service":5}`)
	b := s.must("started", `{"action":"start","id_session":0,"id_session_type":4,"id_creator_service":5}`)
	for _, r := range []result{a, b} {
		if got := pageStatus(t, r.Session.Text("session_url_users")); got != http.StatusOK {
			t.Errorf("page %d, want 200", got)
		}
	}
}

// Rehab.md 6, point 15: status, members and start time of a planned session.
func TestPlannedSession(t *testing.T) {
	s := newSystem(t)
	s.core.rows[55] = backend.Row{
		"id_session": 55, "session_uuid": "planned", "session_name": "Planned", "session_status": 0, "session_duration": 100,
		"id_session_type": 4, "session_start_datetime": "2026-02-02T10:00:00-05:00", "session_parameters": `not JSON`,
		"session_creator_user": "Dr. A", "session_creator_user_uuid": "user-7",
		"session_users": []any{}, "session_devices": []any{},
		"session_participants": []any{map[string]any{"participant_uuid": "old", "participant_name": "Old"}},
	}
	s.core.events[55] = []backend.Row{{"id_session_event": 1, "id_session": 55, "id_session_event_type": 1}}
	r := s.must("started", `{"action":"start","id_session":"55","session_users":["user-7"],"session_participants":["new"]}`)
	row := s.core.row(55)
	if num(row["session_status"]) != backend.InProgress || row.Text("session_start_datetime") != "2026-02-02T10:00:00-05:00" {
		t.Errorf("row %v", row)
	}
	if got := memberUUIDs(row, control.Participant); !slices.Contains(got, "new") || !slices.Contains(got, "old") {
		t.Errorf("participants on record %v, want old and new", got)
	}
	if got := fmt.Sprint(r.Session["session_participants"]); got != "[new]" {
		t.Errorf("participants in the session %s", got)
	}
	if events := r.Session["session_events"].([]any); len(events) != 2 {
		t.Errorf("%d events, want the old one and START", len(events))
	}
	e := await[*opentera.JoinSessionEvent](s.seen, topicOf(participant("new")), 1)[0]
	if e.SessionParameters != "not JSON" || e.SessionCreatorName != "Dr. A" {
		t.Errorf("event %v", e)
	}
	s.must("stopped", `{"action":"stop","session_uuid":"planned"}`)
	if got := num(s.core.row(55)["session_duration"]); got < 100 || got > 130 {
		t.Errorf("duration %d, want the old 100 and this run's", got)
	}
}

func TestFailedStartOfPlannedSessionRestoresItsStatus(t *testing.T) {
	s := newSystem(t)
	s.core.rows[55] = backend.Row{"id_session": 55, "session_uuid": "planned", "session_status": 0, "session_duration": 0}
	s.core.breakWith(func(r *http.Request, _ []byte) (int, string) {
		if r.URL.Path == backend.EventsPath {
			return http.StatusInternalServerError, `"Database error"`
		}
		return 0, ""
	})
	s.refused(`{"action":"start","id_session":55}`, "START event")
	waitFor(t, "status not started", func() bool { return s.core.status(55) == backend.NotStarted })
}

// The same session started twice is the same session: one room, the same URLs.
func TestStartAgain(t *testing.T) {
	s := newSystem(t)
	first := s.must("started", startFields)
	id := first.id()
	s.must("removed", fmt.Sprintf(`{"action":"remove","id_session":%d,"session_devices":["dev-1"],"session_users":[]}`, id))
	again := s.must("started", fmt.Sprintf(`{"action":"start","id_session":%d,"session_users":["user-7","user-8"],"session_participants":["part-1"],"session_devices":["dev-1"]}`, id))
	for _, f := range []string{"session_key", "session_url_users"} {
		if first.Session.Text(f) != again.Session.Text(f) {
			t.Errorf("%s changed", f)
		}
	}
	if got := fmt.Sprint(again.Session["session_users"], again.Session["session_devices"]); got != "[user-7 user-8] []" {
		t.Errorf("members %s, want the new user and not the removed device", got)
	}
	if got := s.freePorts(); got != 2 {
		t.Errorf("%d free ports, want 2", got)
	}
}

func TestUpstreamConfigurationMeansOurRoom(t *testing.T) {
	s := &Service{cfg: Config{}, log: slog.New(slog.DiscardHandler)}
	s.cfg.Rehab.WebRTC.Executable, s.cfg.Rehab.WebRTC.Script, s.cfg.Rehab.WebRTC.WorkingDirectory = "node", "server.js", "../../../easyrtc"
	command, dir, err := s.program()
	exe, _ := os.Executable()
	if err != nil || !slices.Equal(command, []string{exe, "room"}) || dir != "" {
		t.Errorf("got %v in %q, %v", command, dir, err)
	}
}

func TestURLs(t *testing.T) {
	for _, tt := range []struct {
		host string
		port int
		want string
	}{
		{"Host", 443, "https://host/webrtc/8080/users?key=k"}, {"192.0.2.1", 40075, "https://192.0.2.1:40075/webrtc/8080/users?key=k"},
		{"2001:DB8::1", 443, "https://[2001:db8::1]/webrtc/8080/users?key=k"}, {"[2001:db8::1]", 40075, "https://[2001:db8::1]:40075/webrtc/8080/users?key=k"},
	} {
		s := &Service{}
		s.cfg.Rehab.WebRTC.Hostname, s.cfg.Rehab.WebRTC.ExternalPort = tt.host, tt.port
		if got := s.pageURL(8080, control.User, "k"); got != tt.want {
			t.Errorf("%s, %d: got %q, want %q", tt.host, tt.port, got, tt.want)
		}
	}
}

func TestStartIsQuick(t *testing.T) {
	s := newSystem(t)
	began := time.Now()
	s.must("started", startFields)
	t.Logf("start took %v", time.Since(began))
}
