package rehab

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/opentera"
	"github.com/gotera/gotera/rehab/room/roomtest"
)

// A room that was killed is there again at once, and the robots in it are invited long before the 3 s after which they should
// be back. Nodes that were not listening yet are invited with the next one; who comes back by itself is not invited early.
func TestRobotsAreInvitedAtOnceWhenTheirRoomDied(t *testing.T) {
	s := newSystem(t)
	r := started(s)
	s.must("invited", fmt.Sprintf(`{"action":"invite","id_session":%d,"session_devices":["dev-1","dev-2"]}`, r.id()))
	port, robot, native := r.port(t), device("dev-1"), device("dev-2")
	join := func(who control.Who, id string, waits bool) {
		t.Helper()
		p := peerOf(who, id)
		p.Waits = waits
		roomtest.Tell(t, s.dir, port, control.Event{Type: control.EventJoined, Peer: p})
		waitFor(t, "in the room", func() bool { return s.statusOf(port, who) == control.InRoom })
	}
	join(robot, "camera", true)
	join(robot, "data", true)
	join(native, "native", false)
	await[*opentera.JoinSessionEvent](s.seen, topicOf(native), 1)
	s.seen.clear()

	old := s.record(port).Process.PID
	killed := time.Now()
	unix.Kill(old, unix.SIGKILL) //nolint:errcheck // its end is waited for
	await[*opentera.JoinSessionEvent](s.seen, topicOf(robot), 1)
	took := time.Since(killed)
	t.Logf("invited %v after the room was killed", took.Round(time.Millisecond))
	waitFor(t, "a new room", func() bool { pid := s.record(port).Process.PID; return pid != 0 && pid != old })
	join(robot, "camera again", true)
	await[*opentera.JoinSessionEvent](s.seen, topicOf(robot), 2) // for the other node
	if n := len(of[*opentera.JoinSessionEvent](s.seen, topicOf(native))); n != 0 {
		t.Errorf("%d invitations to the device that comes back by itself, want none so early", n)
	}
	if took > reinviteAfter[0] {
		t.Errorf("invited after %v, want well below %v", took, reinviteAfter[0])
	}
}

// Of a robot whose nodes do not all come back, those that did are left alone after the first seconds.
func TestRobotsThatArePartlyBackAreLeftAlone(t *testing.T) {
	n := &session{peers: map[string]control.Peer{}, members: members{{Who: device("dev-1"), Active: true}}}
	m := missing{device("dev-1"), 2}
	is := func(early, want bool) {
		t.Helper()
		if got := n.backLocked(m, early); got != want {
			t.Errorf("%d peers, early %v: back %v, want %v", len(n.peers), early, got, want)
		}
	}
	is(true, false)
	is(false, false)
	p := peerOf(device("dev-1"), "a")
	p.Waits = true
	n.peers["a"] = *p
	is(true, false)
	is(false, true)
	n.peers["b"] = *p
	is(true, true)
	n.members[0].Active = false
	n.peers = map[string]control.Peer{}
	is(true, true)
}

// A robot that loses the room again while it is waited for is invited as soon as the first time: that wait is given up.
func TestInvitationsBeginAnewWithTheNextLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &session{reinviting: map[control.Who]context.CancelFunc{}, log: slog.New(slog.DiscardHandler)} // its only member has been removed
		lose := func() <-chan struct{} {
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				n.inviteMissing(t.Context(), missing{device("dev-1"), 1})
			}()
			synctest.Wait()
			return ended
		}
		began := time.Now()
		first := lose()
		second := lose()
		if <-first; time.Since(began) != 0 {
			t.Errorf("the first wait goes on for %v", time.Since(began))
		}
		if <-second; time.Since(began) != waitingAfter[0] || len(n.reinviting) != 0 {
			t.Errorf("the second one ended after %v, %d left", time.Since(began), len(n.reinviting))
		}
	})
}
