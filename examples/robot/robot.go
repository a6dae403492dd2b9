package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/signal"
)

// statusInterval is the time between two messages of the robot's status.
const statusInterval = time.Second

// command is the data of a message "drive".
type command struct {
	peer.Command
	Forward float64 `json:"x"`   // m/s
	Turn    float64 `json:"yaw"` // rad/s, counter-clockwise
}

// status is the data of a message "robotStatus".
type status struct {
	Pose     Pose    `json:"pose"`
	Forward  float64 `json:"x"`                  // m/s
	Turn     float64 `json:"yaw"`                // rad/s
	Operator string  `json:"operator,omitempty"` // peer id of who drives; "" or missing: it stands still
	Seq      uint64  `json:"seq"`                // of the last command that was obeyed
	Stale    uint64  `json:"stale"`              // commands that came too late
	Stops    uint64  `json:"stops"`
	Reason   string  `json:"reason,omitempty"` // of the last stop
}

// Robot is the robot in one session after the other.
type Robot struct {
	drive   *Drive
	deadman *peer.Deadman
	log     *slog.Logger

	mu      sync.Mutex
	drivers map[string]bool // peer ids of those who may drive
}

// NewRobot returns a robot that stops when it is without a fresh command for longer than limit.
func NewRobot(limit time.Duration, log *slog.Logger) *Robot {
	r := &Robot{drive: &Drive{}, log: log, drivers: map[string]bool{}}
	r.deadman = peer.NewDeadman(peer.DeadmanConfig{Limit: limit, Stop: func(string) { r.drive.Stop() }})
	return r
}

// Run takes part in the session at url until it is over or ctx ends.
func (r *Robot) Run(ctx context.Context, url string, o peer.Options) error {
	p, err := peer.Join(ctx, url, r.options(o))
	if err != nil {
		return err
	}
	defer r.deadman.Hold(peer.StopLink)
	defer p.Close()
	tick := time.NewTicker(statusInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.Done():
			return p.Err()
		case <-tick.C:
			r.report(p)
		}
	}
}

// options are o with what moves and stops the robot.
func (r *Robot) options(o peer.Options) peer.Options {
	o.OnMessage = r.message
	o.OnPeer = r.present
	o.OnLeft = func(id, _ string) { r.absent(id) }
	o.OnHealth = func(h peer.Health) {
		if h.Signaling && h.Media {
			r.deadman.Release()
		} else { // who drives must see where to, and be able to say stop
			r.deadman.Hold(peer.StopLink)
		}
	}
	return o
}

// present notes who may drive: the clinicians that are there. One who is reconnecting does not hold the wheel.
func (r *Robot) present(p signal.Peer) {
	r.mu.Lock()
	r.drivers[p.ID] = p.Kind == signal.KindUser && p.Connected
	r.mu.Unlock()
	if !p.Connected {
		r.deadman.Gone(p.ID)
	}
}

func (r *Robot) absent(id string) {
	r.mu.Lock()
	delete(r.drivers, id)
	r.mu.Unlock()
	r.deadman.Gone(id)
}

func (r *Robot) mayDrive(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.drivers[id]
}

func (r *Robot) message(m peer.Message) {
	if m.Topic != peer.TopicDrive || !r.mayDrive(m.From) {
		return
	}
	var c command
	if err := json.Unmarshal(m.Data, &c); err != nil {
		r.log.Warn("bad command", "from", m.From)
		return
	}
	r.deadman.Do(m.From, c.Command, func() { r.drive.Set(c.Forward, c.Turn) })
}

func (r *Robot) report(p *peer.Peer) {
	pose, forward, turn := r.drive.State()
	s := r.deadman.Status()
	data, err := json.Marshal(status{
		Pose: pose, Forward: forward, Turn: turn,
		Operator: s.Operator, Seq: s.Seq, Stale: s.Stale, Stops: s.Stops, Reason: s.Reason,
	})
	if err != nil {
		return // cannot be
	}
	if err := p.Send("", peer.TopicRobotStatus, data); err != nil && !errors.Is(err, peer.ErrClosed) {
		r.log.Debug("status not sent", "error", err)
	}
}
