package signaling

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	headless "github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
)

func TestRehabSeesWhoComesAndGoes(t *testing.T) {
	r := startRoom(t)
	early := r.connect(clinician)
	j := early.join()
	events := r.events()
	state := await(t, events, "state", func(control.Event) bool { return true })
	if state.Type != control.EventState || len(state.Peers) != 1 || state.Peers[0].ID != j.Peer || state.Peers[0].Name != clinician.Name || !state.Peers[0].Connected {
		t.Errorf("first line is %+v", state)
	}
	r.get("/participants?key=" + r.key(patient))
	if e := await(t, events, "page", func(e control.Event) bool { return e.Type == control.EventPage }); e.Kind != patient.Kind || e.UUID != patient.UUID {
		t.Errorf("page is %+v", e)
	}
	r.get("/participants?key=" + r.key(patient)) // at once again: not told
	p := r.connect(patient)
	id := p.join().Peer
	e := await(t, events, "joined", func(e control.Event) bool {
		return e.Type == control.EventJoined || e.Type == control.EventPage
	})
	if e.Type == control.EventPage {
		t.Fatal("told twice of a page loaded twice")
	}
	if e.Peer.ID != id || e.Peer.UUID != patient.UUID || !e.Peer.Verified || !e.Peer.Connected {
		t.Errorf("joined is %+v", e.Peer)
	}
	p.send(signal.Leave{})
	e = await(t, events, "left", func(e control.Event) bool { return e.Type == control.EventLeft })
	if e.Peer.ID != id || e.Reason != signal.ReasonLeft {
		t.Errorf("left is %+v", e)
	}
	early.send(signal.Request{Action: signal.ActionRemove, Kind: patient.Kind, UUID: patient.UUID})
	e = await(t, events, "request", func(e control.Event) bool { return e.Type == control.EventRequest })
	if e.Action != control.ActionRemove || *e.By != (control.Who{Kind: clinician.Kind, UUID: clinician.UUID}) || *e.Target != (control.Who{Kind: patient.Kind, UUID: patient.UUID}) {
		t.Errorf("request is %+v", e)
	}
	early.send(signal.Request{Action: signal.ActionStop})
	e = await(t, events, "request", func(e control.Event) bool { return e.Type == control.EventRequest })
	if e.Action != control.ActionStop || e.Target != nil {
		t.Errorf("request is %+v", e)
	}
}

func TestSharedKeyDoesNotManage(t *testing.T) {
	r := startRoom(t)
	c, _ := r.dialRaw("/users?key=" + sharedKey)
	go c.read()
	c.joinWith(joinAs(clinician.Name, clinician.UUID))
	c.send(signal.Request{Action: signal.ActionStop})
	c.expectClose(signal.CloseBad)
}

func TestRemovalTakesEffectAtOnce(t *testing.T) {
	r := startRoom(t)
	stays := r.joinPeer(r.page(clinician), headless.Options{Tracks: picture("stays")})
	goes := r.joinPeer(r.page(patient), headless.Options{Tracks: picture("goes")})
	waiting := r.connect(patient) // has not joined yet
	frames(t, stays, goes.ID(), 5)
	frames(t, goes, stays.ID(), 5)

	began := time.Now()
	r.put(session(clinician, robot))
	if status := r.get("/participants?key=" + r.key(patient)); status != http.StatusForbidden {
		t.Errorf("the URL answers %d, want 403", status)
	}
	waiting.expectClose(signal.CloseRemoved)
	select {
	case <-goes.Done():
	case <-time.After(time.Second):
		t.Fatal("the removed peer goes on")
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("removal took %v, want less than 1s", took)
	}
	if _, err := headless.Join(t.Context(), r.page(patient), headless.Options{}); err == nil {
		t.Error("the removed peer came back")
	}
	waitFor(t, "end of the removed peer's media", func() error {
		for _, s := range stays.Stats() {
			if s.Live {
				return fmt.Errorf("%s of %s is still sent", s.Source, s.Peer)
			}
		}
		return nil
	})
}

func TestRemovedPeerWithTheSharedKeyIsEndedToo(t *testing.T) {
	r := startRoom(t)
	open := func(uuid string) *raw {
		c, _ := r.dialRaw("/users?key=" + sharedKey)
		go c.read()
		c.joinWith(joinAs("", uuid))
		return c
	}
	goes, stays := open(clinician.UUID), open("00000000-0000-4000-8000-00000000eeee")
	r.put(session(patient, robot))
	goes.expectClose(signal.CloseRemoved)
	stays.send(signal.ClientText{Topic: "still here"})
	if j := r.connect(patient).join(); len(j.Peers) != 1 {
		t.Errorf("got %+v, want the one that was never invited", j.Peers)
	}
}

func TestInviteesAreForUsersOnly(t *testing.T) {
	r := startRoom(t)
	user, other := r.connect(clinician), r.connect(patient)
	user.join()
	if j := other.join(); len(j.Invitees) != 0 {
		t.Errorf("a participant was told the invitees: %+v", j.Invitees)
	}
	renamed := patient
	renamed.Name, renamed.Status = "Marie Tremblay", control.InRoom
	r.put(session(clinician, renamed))
	got := expectThat(user, func(i signal.Invitees) bool { return len(i.Invitees) == 2 })
	if got.Invitees[1] != signal.Invitee(renamed) {
		t.Errorf("got %+v, want %+v", got.Invitees[1], renamed)
	}
	other.send(signal.State{State: []byte(`{"mark":1}`)})
	expectThat(user, func(u signal.PeerUpdate) bool {
		return u.Peer.Name == renamed.Name && string(u.Peer.State) == `{"mark":1}`
	})
	for len(other.messages) > 0 {
		if m, ok := (<-other.messages).(signal.Invitees); ok {
			t.Errorf("a participant was told the invitees: %+v", m)
		}
	}
}

func TestStopEndsEverybody(t *testing.T) {
	for reason, code := range map[string]int{control.ReasonStopped: signal.CloseStopped, control.ReasonShutdown: signal.CloseShutdown} {
		r := startRoom(t)
		events := r.events()
		joined, waiting := r.connect(clinician), r.connect(patient)
		joined.join()
		began := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := r.control.Stop(ctx, reason); err != nil {
			t.Fatal(err)
		}
		for _, c := range []*raw{joined, waiting} {
			if ended, _ := c.expectClose(code); ended == nil || ended.Reason != reason {
				t.Errorf("%s: told %+v", reason, ended)
			}
		}
		r.waitEnded()
		if took := time.Since(began); took > time.Second {
			t.Errorf("stop took %v, want less than 1s", took)
		}
		if r.err != nil {
			t.Errorf("Run: %v", r.err)
		}
		await(t, events, "left", func(e control.Event) bool { return e.Type == control.EventLeft && e.Reason == reason })
		for range events { // ends with the room
		}
	}
}

func TestStopWithoutPeersIsQuick(t *testing.T) {
	r := startRoom(t)
	began := time.Now()
	r.cancel()
	r.waitEnded()
	if took := time.Since(began); took > time.Second || r.err != nil {
		t.Errorf("took %v, error %v", took, r.err)
	}
}

func TestBadControlRequests(t *testing.T) {
	r := startRoom(t)
	p := r.connect(patient)
	p.join()
	for name, call := range map[string]func(context.Context) error{
		"no uuid": func(ctx context.Context) error {
			return r.control.PutSession(ctx, session(control.Invitee{Kind: "user"}))
		},
		"unknown kind": func(ctx context.Context) error {
			return r.control.PutSession(ctx, session(control.Invitee{Kind: "cat", UUID: "u"}))
		},
		"no reason": func(ctx context.Context) error { return r.control.Stop(ctx, "") },
	} {
		if err := call(t.Context()); err == nil || !strings.Contains(err.Error(), "400") {
			t.Errorf("%s: got %v, want 400", name, err)
		}
	}
	p.send(signal.Leave{}) // the room and its list are as before
	r.connect(patient).join()
}
