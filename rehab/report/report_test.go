package report

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/control"
)

var start = time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)

func name(kind, uuid string) string { return strings.TrimSpace(kind + " " + uuid) }

// call plays a session to r: a picture every 5 s of one participant, changed by f.
func call(r *Report, id string, from, to time.Duration, f func(at time.Duration, q *control.PeerQuality)) {
	peer := control.Peer{ID: id, Kind: control.Participant, UUID: "p-1", Verified: true, Connected: true}
	r.Take(control.Event{Type: control.EventJoined, Peer: &peer})
	for at := from + 5*time.Second; at <= to; at += 5 * time.Second {
		n := uint64((at - from) / time.Second)
		q := control.PeerQuality{Peer: peer, Since: start.Add(from), Word: "good", RTT: 0.04}
		q.Up.Video = control.Flow{Packets: 100 * n, Bytes: 125_000 * n}
		q.Down.Audio = control.Flow{Packets: 50 * n, Bytes: 5000 * n}
		f(at, &q)
		r.Take(control.Event{Type: control.EventQuality, Quality: &control.Quality{At: start.Add(at), Peers: []control.PeerQuality{q}}})
	}
}

func left(r *Report, id string) {
	r.Take(control.Event{Type: control.EventLeft, Peer: &control.Peer{ID: id, Kind: control.Participant, UUID: "p-1", Verified: true}})
}

// object is the JSON behind the sentence.
func object(t *testing.T, text string) (people []summary, more int) {
	t.Helper()
	_, raw, ok := strings.Cut(text, "\n")
	var o struct {
		Version int
		People  []summary
		More    int
	}
	if err := json.Unmarshal([]byte(raw), &o); err != nil || !ok || o.Version != 1 || !strings.HasPrefix(text, Prefix) {
		t.Fatalf("text %q: %v", text, err)
	}
	return o.People, o.More
}

func TestReport(t *testing.T) {
	var r Report
	if !r.Empty() {
		t.Error("nobody came, yet it is not empty")
	}
	// Ten minutes; in the fourth the connection is poor: a third is lost up, and the picture stands still for 20 s.
	bad := func(at time.Duration) bool { return at > 3*time.Minute && at <= 4*time.Minute }
	lost, frozen := uint64(0), 0.0
	call(&r, "a", 0, 10*time.Minute, func(at time.Duration, q *control.PeerQuality) {
		if bad(at) {
			lost += 150
			frozen += 5.0 / 3
			q.Word, q.RTT = "poor", 0.5
		}
		q.Up.Video.Lost, q.Played = lost, control.Played{Freezes: lost / 300, Frozen: frozen, Concealed: 1, Heard: 100}
		q.Layers = []control.Layer{{Spatial: 2, Size: 720, Tracks: 1}, {Spatial: -1, Tracks: 1}, {Spatial: 0, Tracks: 1}}
	})
	left(&r, "a")
	// The page comes back after a minute, for two more.
	call(&r, "b", 11*time.Minute, 13*time.Minute, func(time.Duration, *control.PeerQuality) {})
	text := r.Text(name)
	people, more := object(t, text)
	if len(people) != 1 || more != 0 {
		t.Fatalf("people %+v", people)
	}
	p := people[0]
	if p.Kind != control.Participant || p.UUID != "p-1" || p.Minutes != 12 || p.Reconnects != 1 {
		t.Errorf("got %+v, want 12 minutes and one reconnection", p)
	}
	if p.RTT < 36 || p.RTT > 45 || p.RTT95 < 450 || p.RTT95 > 560 {
		t.Errorf("rtt %d and %d ms, want about 40 and 500", p.RTT, p.RTT95)
	}
	if p.Up != 1000 || p.Down != 40 || p.LossUp != 0.025 || p.LossDown != 0 {
		t.Errorf("%d and %d kbit/s, loss %v and %v", p.Up, p.Down, p.LossUp, p.LossDown)
	}
	if p.Words["poor"] != 0.083 || p.Words["good"] != 0.917 || p.Freezes != 6 || p.Frozen != 20 || p.Concealed != 0.01 {
		t.Errorf("words %v, freezes %d in %v s, concealed %v", p.Words, p.Freezes, p.Frozen, p.Concealed)
	}
	if p.Worst == nil || !p.Worst.At.Equal(start.Add(3*time.Minute)) || p.Worst.Loss != 0.3 || p.Worst.RTT != 500 || p.Worst.Frozen != 20 {
		t.Errorf("worst %+v, want the minute after the third", p.Worst)
	}
	if p.Sizes["720"] != 0.5 || p.Sizes["none"] != 0.5 || len(p.Sizes) != 2 {
		t.Errorf("sizes %v", p.Sizes)
	}
	for _, words := range []string{"participant p-1: 12.0 min", "good 92 %, poor 8 %", "6 freezes (20.0 s)", "1 reconnections"} {
		if !strings.Contains(text, words) {
			t.Errorf("the sentence does not say %q: %s", words, text)
		}
	}
}

// What is kept on the disk goes on as if nothing had happened.
func TestReportGoesOnAfterARestart(t *testing.T) {
	var whole, half Report
	change := func(at time.Duration, q *control.PeerQuality) { q.Up.Video.Lost = uint64(at / time.Second) }
	call(&whole, "a", 0, 4*time.Minute, change)
	call(&half, "a", 0, 2*time.Minute, change)
	raw, err := json.Marshal(half)
	if err != nil {
		t.Fatal(err)
	}
	var again Report
	if err := json.Unmarshal(raw, &again); err != nil {
		t.Fatal(err)
	}
	peer := control.Peer{ID: "a", Kind: control.Participant, UUID: "p-1", Verified: true, Connected: true}
	again.Take(control.Event{Type: control.EventState, Peers: []control.Peer{peer}})
	call(&again, "a", 0, 4*time.Minute, func(at time.Duration, q *control.PeerQuality) {
		change(at, q)
		if at <= 2*time.Minute { // told by then
			q.ID = "gone"
			q.Verified = false
		}
	})
	got, _ := object(t, again.Text(name))
	want, _ := object(t, whole.Text(name))
	if !reflect.DeepEqual(got[0], want[0]) {
		t.Errorf("got  %+v\nwant %+v", got[0], want[0])
	}
}

func TestRoomStartedAgain(t *testing.T) {
	var r Report
	call(&r, "a", 0, time.Minute, func(time.Duration, *control.PeerQuality) {})
	r.Take(control.Event{Type: control.EventState})
	if len(r.Peers) != 0 {
		t.Error("peers of the dead room are still there")
	}
	call(&r, "b", 2*time.Minute, 3*time.Minute, func(time.Duration, *control.PeerQuality) {})
	people, _ := object(t, r.Text(name))
	if people[0].Minutes != 2 || people[0].Reconnects != 1 || people[0].Up != 1000 {
		t.Errorf("got %+v", people[0])
	}
}

// Who came with the shared link may claim to be anybody.
func TestGuests(t *testing.T) {
	var r Report
	for i, claim := range []string{"p-1", "p-2"} {
		q := control.PeerQuality{Peer: control.Peer{ID: claim, Kind: control.User, UUID: claim, Name: "A name", Connected: true}, Since: start}
		r.Take(control.Event{Type: control.EventQuality, Quality: &control.Quality{At: start.Add(time.Duration(i+1) * time.Minute), Peers: []control.PeerQuality{q}}})
	}
	text := r.Text(name)
	people, _ := object(t, text)
	if len(people) != 1 || people[0].UUID != "" || people[0].Minutes != 3 || strings.Contains(text, "A name") || strings.Contains(text, "p-1") {
		t.Errorf("text %s", text)
	}
}

func TestTextIsBounded(t *testing.T) {
	var r Report
	for i := range 2 * maxPeople {
		q := control.PeerQuality{Peer: control.Peer{ID: fmt.Sprint(i), Kind: control.Device, UUID: fmt.Sprintf("%036d", i), Verified: true}, Since: start, Word: "poor"}
		r.Take(control.Event{Type: control.EventQuality, Quality: &control.Quality{At: start.Add(time.Duration(i+1) * time.Second), Peers: []control.PeerQuality{q}}})
	}
	text := r.Text(name)
	people, more := object(t, text)
	if len(text) > MaxText || len(people)+more != maxPeople || more == 0 {
		t.Errorf("%d bytes, %d people and %d more, want at most %d bytes and all of %d", len(text), len(people), more, MaxText, maxPeople)
	}
	if people[0].UUID != fmt.Sprintf("%036d", maxPeople-1) {
		t.Errorf("first is %s, want who was there longest", people[0].UUID)
	}
}

func TestHistogram(t *testing.T) {
	var h Histogram
	if got := h.Quantile(0.5); got != 0 {
		t.Errorf("nothing added: %v", got)
	}
	for i := 1; i <= 1000; i++ {
		h.Add(float64(i)/1000, 1)
	}
	for _, q := range []float64{0.1, 0.5, 0.95} {
		if got := h.Quantile(q); math.Abs(got-q)/q > 0.13 {
			t.Errorf("quantile %v = %v", q, got)
		}
	}
	h.Add(1e6, 1e9)
	h.Add(-1, 1)
	if got := h.Quantile(1); got < 5 || len(h.Weights) != steps {
		t.Errorf("largest %v, %d steps", got, len(h.Weights))
	}
}
