package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/peer/peertest"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/proto/testlog"
	"github.com/gotera/gotera/sfu/sfutest"
)

// patience bounds every wait of these tests; reaching it is a failure.
const patience = 15 * time.Second

// limit is the robot's; a stop has to come within it, and the time of a busy machine's scheduler.
const (
	limit = 300 * time.Millisecond
	slack = 400 * time.Millisecond
)

// startRobot has a robot take part in the session at url until the test ends. It may go on without commands for most.
func startRobot(t *testing.T, url string, most time.Duration) *Robot {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	log := testlog.New(t, slog.LevelInfo)
	r := NewRobot(most, log)
	var running sync.WaitGroup
	running.Go(func() { r.drive.Run(ctx) })
	running.Go(func() {
		o := peer.Options{Log: log, GiveUp: -1, Tracks: []peer.Track{{Media: peer.NewPattern("robot")}}}
		if err := r.Run(ctx, url, o); err != nil {
			t.Errorf("the robot: %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		running.Wait()
		r.deadman.Close()
	})
	return r
}

func (r *Robot) moves() bool {
	_, forward, turn := r.drive.State()
	return forward != 0 || turn != 0
}

// operator is a clinician with a joystick.
type operator struct {
	t     *testing.T
	peer  *peer.Peer
	robot *Robot
	began time.Time

	mu       sync.Mutex
	seq      uint64
	statuses []status
	others   int // commands that others have sent to all
}

func startOperator(t *testing.T, room *peertest.Room, page string, robot *Robot) *operator {
	t.Helper()
	o := &operator{t: t, robot: robot, began: time.Now()}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	p, err := peer.Join(ctx, room.URL(page), peer.Options{OnMessage: o.hear})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	o.peer = p
	return o
}

func (o *operator) hear(m peer.Message) {
	var s status
	if m.Topic == peer.TopicDrive {
		o.mu.Lock()
		o.others++
		o.mu.Unlock()
	}
	if m.Topic == peer.TopicRobotStatus && json.Unmarshal(m.Data, &s) == nil {
		o.mu.Lock()
		o.statuses = append(o.statuses, s)
		o.mu.Unlock()
	}
}

func (o *operator) lastStatus() (status, int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.statuses) == 0 {
		return status{}, 0
	}
	return o.statuses[len(o.statuses)-1], len(o.statuses)
}

// command makes a command of this moment.
func (o *operator) command(forward, turn float64) json.RawMessage {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seq++
	at := float64(time.Since(o.began)) / float64(time.Millisecond)
	raw, err := json.Marshal(command{peer.Command{Seq: o.seq, At: &at}, forward, turn})
	if err != nil {
		o.t.Fatal(err)
	}
	return raw
}

func (o *operator) send(data json.RawMessage) {
	o.peer.SendLossy("", peer.TopicDrive, data) //nolint:errcheck // while nothing is open the robot stands still
}

// driveUntil commands at 20 Hz until f is true.
func (o *operator) driveUntil(what string, forward, turn float64, f func() bool) {
	o.t.Helper()
	sfutest.WaitFor(o.t, patience, what, func() bool {
		o.send(o.command(forward, turn))
		<-time.After(50 * time.Millisecond)
		return f()
	})
}

// stopsWithin fails if the robot does not stand still within d, and for a while after that.
func (o *operator) stopsWithin(d time.Duration, why string) {
	o.t.Helper()
	began := time.Now()
	for o.robot.moves() {
		if time.Since(began) > d {
			o.t.Fatalf("%s: the robot still moves after %v", why, time.Since(began))
		}
		<-time.After(5 * time.Millisecond)
	}
	o.t.Logf("%s: stopped after %v", why, time.Since(began))
	before, _, _ := o.robot.drive.State()
	<-time.After(100 * time.Millisecond)
	if after, _, _ := o.robot.drive.State(); after != before {
		o.t.Errorf("%s: it stops and moves again", why)
	}
}

func TestRobotObeysAndStops(t *testing.T) {
	room := peertest.StartRoom(t, "")
	r := startRobot(t, room.URL("devices"), limit)
	o := startOperator(t, room, "users", r)
	o.driveUntil("the robot to drive on", 0.5, 0, func() bool {
		p, _, _ := r.drive.State()
		return p.X > 0.2
	})
	o.driveUntil("the robot to turn", 0, 1, func() bool {
		p, _, _ := r.drive.State()
		return p.Yaw > 0.3
	})
	if p, _, _ := r.drive.State(); math.Abs(p.Y) > 0.1 {
		t.Errorf("a straight line and a turn lead to %+v", p)
	}
	o.stopsWithin(limit+slack, "without commands")

	// Commands that were held up on their way are not obeyed.
	var held []json.RawMessage
	for range 20 {
		held = append(held, o.command(0.5, 0))
		<-time.After(50 * time.Millisecond)
	}
	stale := r.deadman.Status().Stale
	for _, c := range held[:12] { // the youngest is 400 ms old
		o.send(c)
		if r.moves() {
			t.Fatal("a late command is obeyed")
		}
		<-time.After(10 * time.Millisecond)
	}
	sfutest.WaitFor(t, patience, "late commands to be counted", func() bool { return r.deadman.Status().Stale > stale })
	if r.moves() {
		t.Error("late commands are obeyed")
	}

	o.driveUntil("the robot to drive again", 0.3, 0, r.moves)
	o.stopsWithin(limit+slack, "without commands, again")
}

// The robot knows by itself when its operator leaves, or its room does: it does not go on until it misses commands.
func TestRobotStopsAtOnce(t *testing.T) {
	room := peertest.StartRoom(t, "")
	r := startRobot(t, room.URL("devices"), time.Minute)
	o := startOperator(t, room, "users", r)
	o.driveUntil("the robot to drive", 0.3, 0, r.moves)
	o.peer.Close()
	o.stopsWithin(patience, "without its operator")
	if reason := r.deadman.Status().Reason; reason != peer.StopGone {
		t.Errorf("it stopped for %q", reason)
	}
	o = startOperator(t, room, "users", r)
	o.driveUntil("the robot to drive for another", 0.3, 0, r.moves)
	room.Stop()
	o.stopsWithin(patience, "without its room")
}

func TestRobotReports(t *testing.T) {
	room := peertest.StartRoom(t, "")
	r := startRobot(t, room.URL("devices"), limit)
	o := startOperator(t, room, "users", r)
	o.driveUntil("a status of the moving robot", 0.2, 0, func() bool {
		s, _ := o.lastStatus()
		return s.Operator == o.peer.ID() && s.Seq > 0 && s.Pose.X > 0 && s.Forward > 0
	})
	_, n := o.lastStatus()
	sfutest.WaitFor(t, patience, "three more", func() bool { _, m := o.lastStatus(); return m >= n+3 })
	if s, _ := o.lastStatus(); s.Operator != "" || s.Forward != 0 || s.Reason != peer.StopSilence || s.Stops == 0 {
		t.Errorf("of the robot that stands still: %+v", s)
	}
}

// Who is no clinician does not drive, nor who is reconnecting.
func TestRobotObeysCliniciansOnly(t *testing.T) {
	room := peertest.StartRoom(t, "")
	r := startRobot(t, room.URL("devices"), limit)
	patient := startOperator(t, room, "participants", r)
	clinician := startOperator(t, room, "users", r)
	patient.driveUntil("a patient's commands to arrive", 0.5, 0, func() bool {
		if r.moves() {
			t.Fatal("a patient drives")
		}
		clinician.mu.Lock()
		defer clinician.mu.Unlock()
		return clinician.others >= 10
	})
	clinician.driveUntil("the robot to drive", 0.3, 0, r.moves)
	r.present(signal.Peer{ID: clinician.peer.ID(), Kind: signal.KindUser, Connected: false})
	if r.moves() {
		t.Error("it drives on for somebody who is reconnecting")
	}
	for range 10 {
		clinician.send(clinician.command(0.3, 0))
		<-time.After(20 * time.Millisecond)
		if r.moves() {
			t.Fatal("it obeys somebody who is reconnecting")
		}
	}
	r.present(signal.Peer{ID: clinician.peer.ID(), Kind: signal.KindUser, Connected: true})
	clinician.driveUntil("the robot to drive for one who is back", 0.3, 0, r.moves)
}

// Whose picture does not get through does not move, although commands arrive.
func TestRobotThatIsNotSeenStandsStill(t *testing.T) {
	room := peertest.StartRoom(t, "")
	r := startRobot(t, room.URL("devices"), limit)
	o := startOperator(t, room, "users", r)
	o.driveUntil("the robot to drive", 0.3, 0, r.moves)
	health := r.options(peer.Options{}).OnHealth
	health(peer.Health{Signaling: true})
	for range 10 {
		if r.moves() {
			t.Fatal("it drives blindly")
		}
		o.send(o.command(0.3, 0))
		<-time.After(20 * time.Millisecond)
	}
	health(peer.Health{Signaling: true, Media: true})
	o.driveUntil("the robot to drive when it is seen", 0.3, 0, r.moves)
}

// The room is killed under a moving robot: it stops, and comes back by itself.
func TestRobotStopsWithoutItsRoom(t *testing.T) {
	room := peertest.StartRoom(t, "")
	r := startRobot(t, room.URL("devices"), limit)
	o := startOperator(t, room, "users", r)
	o.driveUntil("the robot to drive", 0.3, 0, r.moves)
	room.Stop()
	o.stopsWithin(limit+slack, "without its room")
	peertest.StartRoom(t, room.Addr)
	o.driveUntil("the robot to drive in the next room", 0.3, 0, r.moves)
	o.stopsWithin(limit+slack, "without commands")
}

func TestDrive(t *testing.T) {
	d := &Drive{}
	d.Set(10, 0)
	for range 200 {
		d.step(0.02)
	}
	if p, v, w := d.State(); math.Abs(v-maxWheel) > 1e-9 || w != 0 || p.X < 2 || p.Y != 0 {
		t.Errorf("straight on: %+v, %v m/s, %v rad/s", p, v, w)
	}
	d.Stop()
	if _, v, w := d.State(); v != 0 || w != 0 {
		t.Errorf("after a stop: %v m/s, %v rad/s", v, w)
	}
	d.Set(math.NaN(), 1)
	d.step(1)
	if _, v, w := d.State(); v != 0 || w != 0 {
		t.Errorf("no number: %v m/s, %v rad/s", v, w)
	}
	d.Set(0.4, 4)
	for range 100 {
		d.step(0.02)
	}
	if _, v, w := d.State(); math.Abs(w/v-10) > 1e-6 || math.Abs(v+w*track/2-maxWheel) > 1e-6 {
		t.Errorf("too fast a curve: %v m/s, %v rad/s", v, w)
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{nil, {"--login", "https://x", "https://y"}, {"--limit", "soon", "u"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
	f, err := parse([]string{"--camera", "exec:", "u"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := media(f, slog.Default()); err == nil {
		t.Error("a camera without a command is accepted")
	}
}
