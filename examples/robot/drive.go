package main

import (
	"context"
	"math"
	"sync"
	"time"
)

// What the simulated robot can do.
const (
	track       = 0.4                   // m between its wheels
	maxWheel    = 0.8                   // m/s of a wheel
	ramp        = 1.5                   // m/s², when it is driven; a stop is at once
	controlTick = 20 * time.Millisecond // of the control loop
)

// Pose is where the robot is.
type Pose struct {
	X   float64 `json:"x"`   // m
	Y   float64 `json:"y"`   // m
	Yaw float64 `json:"yaw"` // rad, counter-clockwise, -π to π
}

// Drive is a simulated differential drive. A real one has the same methods, and sends the wheels' speeds to its motors.
type Drive struct {
	mu          sync.Mutex // guards the fields below
	left, right float64    // speed of the wheels, m/s
	wantL       float64
	wantR       float64
	pose        Pose
}

// Set asks for a speed forward (m/s) and of turning (rad/s, counter-clockwise). More than the wheels can do is scaled down, so
// that the curve is the same.
func (d *Drive) Set(forward, turn float64) {
	if math.IsNaN(forward) || math.IsNaN(turn) || math.IsInf(forward, 0) || math.IsInf(turn, 0) {
		forward, turn = 0, 0
	}
	l, r := forward-turn*track/2, forward+turn*track/2
	if most := max(math.Abs(l), math.Abs(r)); most > maxWheel {
		l, r = l/most*maxWheel, r/most*maxWheel
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wantL, d.wantR = l, r
}

// Stop blocks both wheels.
func (d *Drive) Stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left, d.right, d.wantL, d.wantR = 0, 0, 0, 0
}

// State is where the robot is and how fast it goes, in m/s forward and rad/s.
func (d *Drive) State() (p Pose, forward, turn float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pose, (d.left + d.right) / 2, (d.right - d.left) / track
}

// Run moves the robot until ctx ends; then it stands still.
func (d *Drive) Run(ctx context.Context) {
	defer d.Stop()
	tick := time.NewTicker(controlTick)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case now := <-tick.C:
			d.step(min(now.Sub(last), 5*controlTick).Seconds())
			last = now
		case <-ctx.Done():
			return
		}
	}
}

// step is what happens in so many seconds.
func (d *Drive) step(seconds float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = approach(d.left, d.wantL, ramp*seconds)
	d.right = approach(d.right, d.wantR, ramp*seconds)
	v, w := (d.left+d.right)/2, (d.right-d.left)/track
	d.pose.X += v * math.Cos(d.pose.Yaw) * seconds
	d.pose.Y += v * math.Sin(d.pose.Yaw) * seconds
	d.pose.Yaw = math.Remainder(d.pose.Yaw+w*seconds, 2*math.Pi)
}

func approach(from, to, most float64) float64 {
	return from + min(max(to-from, -most), most)
}
