package rehab

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/opentera"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/room/roomtest"
)

// started starts the usual session and waits until its invitations are out.
func started(s *system) result {
	s.t.Helper()
	r := s.must("started", startFields)
	await[*opentera.JoinSessionEvent](s.seen, managerTopic, 1)
	return r
}

// urlOf is the address in the last invitation of who.
func (s *system) urlOf(who control.Who) string {
	s.t.Helper()
	list := await[*opentera.JoinSessionEvent](s.seen, topicOf(who), 1)
	return list[len(list)-1].SessionUrl
}

// statusOf is a member's status as the room was told.
func (s *system) statusOf(port int, who control.Who) string {
	for _, i := range roomtest.Session(s.t, s.dir, port).Invitees {
		if i.Kind == who.Kind && i.UUID == who.UUID {
			return i.Status
		}
	}
	return ""
}

func peerOf(who control.Who, id string) *control.Peer {
	return &control.Peer{ID: id, Kind: who.Kind, UUID: who.UUID, Verified: true, Connected: true}
}

func TestInvite(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	before := map[control.Who]string{}
	for _, who := range []control.Who{user("user-7"), participant("part-1"), device("dev-1")} {
		before[who] = s.urlOf(who)
	}
	s.seen.clear()
	answer := s.must("invited", fmt.Sprintf(`{"action":"invite","id_session":%d,"session_users":[],"session_participants":["part-2"],"session_devices":[]}`, r.id()))
	if got := fmt.Sprint(answer.Session["session_participants"]); got != "[part-1 part-2]" {
		t.Errorf("participants %s", got)
	}
	await[*opentera.JoinSessionEvent](s.seen, managerTopic, 1)
	for who, url := range before { // everybody again, with the same text
		if got := s.urlOf(who); got != url {
			t.Errorf("%s: URL changed from %q to %q", who.Kind, url, got)
		}
	}
	if got := pageStatus(t, s.urlOf(participant("part-2"))); got != http.StatusOK {
		t.Errorf("new invitee's page %d", got)
	}
	if got := s.core.eventsOf(r.id(), backend.SessionJoin); !slices.Equal(got, []string{"Participant: Name of part-2 (part-2)"}) {
		t.Errorf("JOIN events %q", got)
	}
	if got := memberUUIDs(s.core.row(r.id()), control.Participant); !slices.Equal(got, []string{"part-1", "part-2"}) {
		t.Errorf("row has %v", got)
	}
	first := s.seen.all()[0]
	if !strings.HasPrefix(first.topic, "RedisRPCClient.") {
		t.Errorf("%s came before the answer", first.topic)
	}
}

// Nothing happens when the core refuses one of the people.
func TestInviteRefusedByTheCore(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	s.seen.clear()
	s.refused(fmt.Sprintf(`{"action":"invite","id_session":%d,"session_users":[],"session_participants":["part-2","forbidden-3"],"session_devices":[]}`, r.id()), "access")
	s.core.breakWith(down)
	s.refused(fmt.Sprintf(`{"action":"invite","id_session":%d,"session_users":["user-9"]}`, r.id()), "database does not answer")
	s.core.breakWith(nil)
	if got := len(roomtest.Session(t, s.dir, r.port(t)).Invitees); got != 3 {
		t.Errorf("%d invitees in the room, want 3", got)
	}
	if got := s.core.eventsOf(r.id(), backend.SessionJoin); len(got) != 0 {
		t.Errorf("JOIN events %q", got)
	}
}

// Rehab.md 6, points 7 and 16: removal removes, and the row keeps who was there.
func TestRemove(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	port := r.port(t)
	url := s.urlOf(participant("part-1"))
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventJoined, Peer: peerOf(participant("part-1"), "a")})
	waitFor(t, "in the room", func() bool { return s.statusOf(port, participant("part-1")) == control.InRoom })
	s.seen.clear()
	answer := s.must("removed", fmt.Sprintf(`{"action":"remove","id_session":%d,"session_users":[],"session_participants":["part-1"],"session_devices":[]}`, r.id()))
	if got := pageStatus(t, url); got != http.StatusForbidden {
		t.Errorf("removed participant's page %d, want 403", got)
	}
	if got := fmt.Sprint(answer.Session["session_participants"], answer.Session["session_users"]); got != "[] [user-7]" {
		t.Errorf("members %s", got)
	}
	await[*opentera.LeaveSessionEvent](s.seen, managerTopic, 1)
	for _, who := range []control.Who{user("user-7"), participant("part-1"), device("dev-1")} {
		list := of[*opentera.LeaveSessionEvent](s.seen, topicOf(who))
		if len(list) != 1 || !slices.Equal(list[0].LeavingParticipants, []string{"part-1"}) || len(list[0].LeavingUsers) > 0 {
			t.Errorf("%s got %v", who.Kind, list)
		}
	}
	if got := s.core.eventsOf(r.id(), backend.SessionLeave); !slices.Equal(got, []string{"Participant: Name of part-1 (part-1)"}) {
		t.Errorf("LEAVE events %q", got)
	}
	s.must("invited", fmt.Sprintf(`{"action":"invite","id_session":%d,"session_users":[],"session_participants":["part-2"],"session_devices":[]}`, r.id()))
	if got := memberUUIDs(s.core.row(r.id()), control.Participant); !slices.Equal(got, []string{"part-1", "part-2"}) {
		t.Errorf("row has %v, want the removed one too", got)
	}
	// Invited again, the same URL opens again.
	s.must("invited", fmt.Sprintf(`{"action":"invite","id_session":%d,"session_users":[],"session_participants":["part-1"],"session_devices":[]}`, r.id()))
	if got := pageStatus(t, url); got != http.StatusOK {
		t.Errorf("page of the one invited again %d", got)
	}
}

func TestRemovingEverybodyLeavesTheSession(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	s.must("removed", fmt.Sprintf(`{"action":"remove","id_session":%d,"session_users":["user-7"],"session_participants":["part-1"],"session_devices":["dev-1"]}`, r.id()))
	if got := len(roomtest.Session(t, s.dir, r.port(t)).Invitees); got != 0 {
		t.Errorf("%d invitees left", got)
	}
	s.must("removed", fmt.Sprintf(`{"action":"remove","id_session":%d,"session_users":["user-7"]}`, r.id())) // again: no harm
	if got := s.core.eventsOf(r.id(), backend.SessionLeave); len(got) != 3 {
		t.Errorf("%d LEAVE events, want 3", len(got))
	}
	s.must("stopped", fmt.Sprintf(`{"action":"stop","id_session":%d}`, r.id()))
}

func TestInviteReply(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	reply := func(fields string) string {
		return fmt.Sprintf(`{"action":"invite_reply","session_uuid":%q,"parameters":{%s}}`, r.Session.Text("session_uuid"), fields)
	}
	s.must("invited", fmt.Sprintf(`{"action":"invite","id_session":%d,"session_users":["user-8","user-9"],"session_participants":[],"session_devices":[]}`, r.id()))
	url := s.urlOf(user("user-8"))

	accepted := s.must("OK", reply(`"reply_code":1,"user_uuid":"user-9"`))
	if got := accepted.Session.Text("session_url_users"); got != s.urlOf(user("user-9")) {
		t.Errorf("who accepted got the URL %q", got)
	}
	if got := s.core.eventsOf(r.id(), backend.GeneralInfo); len(got) != 1 || !strings.Contains(got[0], "Name of user-9 (user-9) accepted") {
		t.Errorf("info events %q", got)
	}
	e := await[*opentera.JoinSessionReplyEvent](s.seen, topicOf(participant("part-1")), 1)[0]
	if e.UserUuid != "user-9" || e.JoinReply != opentera.JoinSessionReplyEvent_REPLY_ACCEPTED {
		t.Errorf("event %v", e)
	}

	s.seen.clear()
	answer := s.must("OK", reply(`"reply_code":"busy","reply_msg":"in a meeting","user_uuid":"user-8"`))
	if got := fmt.Sprint(answer.Session["session_users"]); got != "[user-7 user-9]" {
		t.Errorf("users %s", got)
	}
	for _, a := range []result{accepted, answer} {
		if text := fmt.Sprint(a.Session); strings.Contains(text, r.Session.Text("session_key")) {
			t.Errorf("a reply is answered with the shared key: %s", text)
		}
	}
	if got := answer.Session["session_url_users"]; got != nil {
		t.Errorf("who refused got the URL %v", got)
	}
	e = await[*opentera.JoinSessionReplyEvent](s.seen, topicOf(user("user-7")), 1)[0]
	if e.ReplyMsg != "in a meeting" || e.JoinReply != opentera.JoinSessionReplyEvent_REPLY_BUSY || e.SessionUuid != r.Session.Text("session_uuid") {
		t.Errorf("event %v", e)
	}
	await[*opentera.JoinSessionReplyEvent](s.seen, managerTopic, 1)
	if got := of[*opentera.JoinSessionReplyEvent](s.seen, topicOf(user("user-8"))); len(got) > 0 {
		t.Error("who refused got the reply")
	}
	if got := s.core.eventsOf(r.id(), backend.SessionJoinRefused); !slices.Equal(got, []string{"User Name of user-8 (user-8)"}) {
		t.Errorf("REFUSED events %q", got)
	}
	if got := pageStatus(t, url); got != http.StatusForbidden {
		t.Errorf("page of who refused %d, want 403", got)
	}
	s.must("OK", reply(`"reply_code":3,"user_uuid":"user-8"`)) // again
	if got := s.core.eventsOf(r.id(), backend.SessionJoinRefused); len(got) != 1 {
		t.Errorf("%d REFUSED events", len(got))
	}
	s.refused(reply(`"reply_code":1,"user_uuid":"user-8"`), "not invited")
	s.refused(reply(`"reply_code":2,"participant_uuid":"stranger"`), "participant_uuid", "not invited")
	s.must("OK", reply(`"reply_code":4,"device_uuid":"dev-1"`))
	if got := s.core.eventsOf(r.id(), backend.SessionJoinRefused); len(got) != 2 || got[1] != "Device Name of dev-1 (dev-1)" {
		t.Errorf("REFUSED events %q", got)
	}
}

func TestCreatorWhoRefusesEndsTheSession(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	s.refused(fmt.Sprintf(`{"action":"invite_reply","id_session":%d,"parameters":{"reply_code":2,"user_uuid":"user-7"}}`, r.id()), "creator refused")
	await[*opentera.StopSessionEvent](s.seen, topicOf(participant("part-1")), 1)
	waitFor(t, "row completed", func() bool { return s.core.status(r.id()) == backend.Completed })
}

// Rehab.md 6, point 20: OpenTera's core adds the lists that a client left out.
func TestLeaveOfOneWithOpenTerasCore(t *testing.T) {
	s := newSystem(t)
	r := s.must("started", `{"action":"start","id_session":0,"id_session_type":4,"id_creator_user":7,"session_users":["user-7","user-8"],"session_participants":["part-1"],"session_devices":["dev-1"]}`)
	answer := s.must("removed", fmt.Sprintf(`{"action":"remove","id_service":5,"id_session":%d,"session_users":["user-8"],`+
		`"id_creator_user":8,"id_session_type":4,"session_participants":["part-1"],"session_devices":["dev-1"]}`, r.id()))
	if got := fmt.Sprint(answer.Session["session_users"], answer.Session["session_participants"], answer.Session["session_devices"]); got != "[user-7] [part-1] [dev-1]" {
		t.Errorf("members %s", got)
	}
	s.must("removed", fmt.Sprintf(`{"action":"remove","id_session":%d,"session_users":[],"session_participants":["part-1"],"session_devices":[]}`, r.id()))
	answer = s.must("invited", fmt.Sprintf(`{"action":"invite","id_service":5,"id_session":%d,"session_users":["user-9"],`+
		`"id_creator_user":8,"id_session_type":4,"session_participants":["part-1"],"session_devices":["dev-1"]}`, r.id()))
	if got := fmt.Sprint(answer.Session["session_participants"]); got != "[]" {
		t.Errorf("participants %s: the removed one is back", got)
	}
}

func TestUnfilled(t *testing.T) {
	everybody := map[string][]string{"user": {"c", "u"}, "participant": {"p"}, "device": {"d"}}
	active := map[string][]string{"user": {"c", "u"}, "participant": {}, "device": {"d"}}
	for name, tt := range map[string]struct{ fields, want string }{
		"all three written":        {`"action":"remove","session_users":["u"],"session_participants":[],"session_devices":["d"]`, "user:u device:d"},
		"one partial list":         {`"action":"remove","session_users":["u"],"session_participants":["p"],"session_devices":["d"]`, "user:u"},
		"order of the core":        {`"action":"remove","session_devices":["d"],"id_creator_user":1,"id_session_type":4,"session_users":["c","u"],"session_participants":["p"]`, "device:d"},
		"sorted keys":              {`"action":"remove","id_session_type":4,"session_devices":["d"],"session_users":["c"]`, "user:c"},
		"one list with gone ones":  {`"action":"remove","session_participants":["p"],"session_devices":["d"]`, "device:d"},
		"new person, others full":  {`"action":"invite","session_users":["x"],"session_participants":["p"],"session_devices":["d"]`, "user:x"},
		"only one who was removed": {`"action":"invite","session_participants":["p"]`, "participant:p"},
	} {
		r, err := parseRequest([]any{`{"session_manage":{"id_session":1,` + tt.fields + `}}`})
		if err != nil {
			t.Fatal(err)
		}
		r.unfilled(func(k string) []string { return everybody[k] }, func(k string) []string { return active[k] })
		var got []string
		for _, w := range r.who() {
			got = append(got, w.Kind+":"+w.UUID)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %v, want %s", name, got, tt.want)
		}
	}
}

func TestStatusesFollowTheRoom(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	port, who := r.port(t), participant("part-1")
	is := func(want string) {
		t.Helper()
		waitFor(t, want, func() bool { return s.statusOf(port, who) == want })
	}
	is(control.Invited)
	s.says(who, true)
	is(control.Online)
	pageStatus(t, s.urlOf(who))
	is(control.Opening)
	file := filepath.Join(s.dir, strconv.Itoa(port)+".json")
	saved, _ := os.Stat(file)
	for range 3 { // a page loaded again changes nothing, so nothing is written
		pageStatus(t, s.urlOf(who))
	}
	time.Sleep(100 * time.Millisecond)
	if now, _ := os.Stat(file); !os.SameFile(saved, now) || !saved.ModTime().Equal(now.ModTime()) {
		t.Error("the record is written again for nothing")
	}
	liar := peerOf(who, "z")
	liar.Verified = false
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventJoined, Peer: liar})
	p := peerOf(who, "a")
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventJoined, Peer: p})
	is(control.InRoom)
	p.Connected = false
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventJoined, Peer: p})
	is(control.Reconnecting)
	p.Connected = true
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventJoined, Peer: p})
	is(control.InRoom)
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventLeft, Peer: p, Reason: "left"})
	is(control.Left)
	waitFor(t, "info events", func() bool { return len(s.core.eventsOf(r.id(), backend.GeneralInfo)) == 2 })
	if got := s.core.eventsOf(r.id(), backend.GeneralInfo); !strings.Contains(got[0], "is in the room") || !strings.Contains(got[1], "has left") {
		t.Errorf("info events %q", got)
	}
}

// A robot has a peer for each of its cameras and channels; it is in the room until the last of them has left.
func TestMemberWithSeveralPeersIsInTheRoomUntilTheLastLeaves(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	port, who := r.port(t), device("dev-1")
	is := func(want string) {
		t.Helper()
		waitFor(t, want, func() bool { return s.statusOf(port, who) == want })
	}
	infos := func(n int) {
		t.Helper()
		waitFor(t, "info events", func() bool { return len(s.core.eventsOf(r.id(), backend.GeneralInfo)) == n })
	}
	a, b, c := peerOf(who, "a"), peerOf(who, "b"), peerOf(who, "c")
	for _, p := range []*control.Peer{a, b, c} {
		roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventJoined, Peer: p})
	}
	is(control.InRoom)
	infos(1)
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventLeft, Peer: a, Reason: "left"})
	b.Connected = false
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventJoined, Peer: b})
	other := peerOf(participant("part-1"), "d") // its event comes after those above
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventJoined, Peer: other})
	waitFor(t, "the participant", func() bool { return s.statusOf(port, participant("part-1")) == control.InRoom })
	is(control.InRoom)
	infos(2)
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventLeft, Peer: c, Reason: "left"})
	is(control.Reconnecting) // b may come back
	roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventLeft, Peer: b, Reason: "lost"})
	is(control.Left)
	infos(3)
}

// Robots wait for their next invitation when they have lost the room.
func TestDeviceThatLostTheRoomIsInvitedAgain(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	port, who := r.port(t), device("dev-1")
	in := func(id string) *control.Peer {
		t.Helper()
		p := peerOf(who, id)
		roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventJoined, Peer: p})
		waitFor(t, "in the room", func() bool { return s.statusOf(port, who) == control.InRoom })
		return p
	}
	out := func(p *control.Peer, reason string) {
		t.Helper()
		roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventLeft, Peer: p, Reason: reason})
	}
	p, second := in("a"), in("b")
	s.seen.clear()
	out(p, signal.ReasonLost) // the other one is there still
	out(second, signal.ReasonLeft)
	waitFor(t, "left", func() bool { return s.statusOf(port, who) == control.Left })
	p = in("c")
	out(p, signal.ReasonLost)
	began := time.Now()
	if e := await[*opentera.JoinSessionEvent](s.seen, topicOf(who), 1)[0]; e.SessionUrl == "" {
		t.Error("the invitation has no URL")
	}
	if took := time.Since(began); took < reinviteAfter[0]-time.Second {
		t.Errorf("it was invited again after %v: it may have come back by itself", took)
	}
	in("d")
	if n := len(of[*opentera.JoinSessionEvent](s.seen, topicOf(who))); n != 1 {
		t.Errorf("%d invitations, want 1: leaving is no loss", n)
	}
}

func TestMemberDeadlines(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		status, next string
		after        time.Duration
	}{{control.Invited, control.NoAnswer, noAnswerAfter}, {control.Reconnecting, control.Left, leftAfter}, {control.InRoom, "", 0}} {
		m := member{Status: tt.status, Active: true, Changed: now}
		at, next := m.deadline()
		if next != tt.next || tt.next != "" && !at.Equal(now.Add(tt.after)) {
			t.Errorf("%s: %v %q", tt.status, at, next)
		}
		m.Active = false
		if at, _ := m.deadline(); !at.IsZero() {
			t.Errorf("%s: a former member has a deadline", tt.status)
		}
	}
}

// What a user asks for in the session page is done as if it had been called.
func TestRequestsOfTheSessionPage(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	port := r.port(t)
	ask := func(by, target *control.Who, action string) {
		roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventRequest, Action: action, By: by, Target: target})
	}
	u, p, d, stranger := user("user-7"), participant("part-1"), device("dev-1"), user("user-9")
	ask(&p, nil, control.ActionStop)
	ask(&stranger, nil, control.ActionStop)
	ask(&u, &d, control.ActionRemove)
	await[*opentera.LeaveSessionEvent](s.seen, topicOf(d), 1)
	waitFor(t, "device removed", func() bool { return s.statusOf(port, d) == "" })
	if got := s.core.status(r.id()); got != backend.InProgress {
		t.Fatalf("status %d: somebody without the right has stopped it", got)
	}
	ask(&u, nil, control.ActionStop)
	await[*opentera.StopSessionEvent](s.seen, topicOf(p), 1)
	waitFor(t, "row completed", func() bool { return s.core.status(r.id()) == backend.Completed })
}
