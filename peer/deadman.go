package peer

import (
	"maps"
	"sync"
	"time"
)

// Topics of the messages of tele-operation (docs/robots.md).
const (
	TopicDrive       = "drive"       // to a robot: a Command and what is to be done
	TopicRobotStatus = "robotStatus" // from a robot, each second
)

// Command is the envelope of what moves something: the data of such a message has these fields beside its own.
type Command struct {
	Seq uint64   `json:"seq"`          // grows with each command of one sender
	At  *float64 `json:"at,omitempty"` // milliseconds on a clock of the sender that does not jump, of any beginning (performance.now)
}

// Reasons for a stop.
const (
	StopSilence = "silence" // no fresh command came in time
	StopGone    = "gone"    // the operator has left, or is reconnecting
	StopLink    = "link"    // this peer's own way to the room does not work
	StopAsked   = "asked"   // Halt or Hold was called for another reason
)

// Limits of DeadmanConfig.
const (
	defaultLimit = 300 * time.Millisecond
	minLimit     = 20 * time.Millisecond
	maxSenders   = 64
)

// maxDrift is how much faster than ours a sender's clock may run: quartz is ten times as good.
const maxDrift = 200e-6

// DeadmanConfig configures a Deadman.
type DeadmanConfig struct {
	Limit time.Duration // everything stops when no fresh command came for so long; default 300 ms, at least 20 ms
	Late  time.Duration // a command with At is stale if it took so much longer than the quickest before it; default Limit

	// Stop makes everything stand still; it is called at each stop, and once more than needed rather than once less.
	Stop func(reason string)
}

// Deadman obeys one operator at a time, and stops when fresh commands do not come. A command counts as fresh if its number
// is higher than all before it and, when it tells its time, if it was not held up on its way: no clock has to be right, a
// delay is seen as a change between two that run at the same speed. A delay that is there from the first command on cannot
// be seen: the operator should be shown how long answers take.
//
// Stop and the actions of Do come one after the other: what was obeyed cannot take effect after the stop that follows it.
// They must be quick and must not call the Deadman.
type Deadman struct {
	cfg   DeadmanConfig
	began time.Time

	mu       sync.Mutex // guards the fields below; held while Stop and actions run
	operator string     // whose commands are obeyed; "": everything stands still
	due      time.Time  // of the stop
	timer    *time.Timer
	senders  map[string]*sender
	status   DeadmanStatus
	last     string // operator, also when everything stands still
	held     bool   // by Hold
	closed   bool
}

// sender is what is known of one that sends commands.
type sender struct {
	seq    uint64
	timed  bool
	base   float64 // least difference of the clocks, ours less its, in ms
	baseAt float64 // ours
}

// DeadmanStatus is where a Deadman stands.
type DeadmanStatus struct {
	Operator string // peer id; "": everything stands still
	Seq      uint64 // of the last command obeyed
	Stale    uint64 // commands that were too late or out of order, or came during a Hold
	Busy     uint64 // commands of others than the operator
	Stops    uint64
	Reason   string // of the last stop
}

// NewDeadman returns a Deadman that lets nothing move before the first command.
func NewDeadman(cfg DeadmanConfig) *Deadman {
	if cfg.Limit <= 0 {
		cfg.Limit = defaultLimit
	}
	cfg.Limit = max(cfg.Limit, minLimit)
	if cfg.Late <= 0 {
		cfg.Late = cfg.Limit
	}
	if cfg.Stop == nil {
		cfg.Stop = func(string) {}
	}
	d := &Deadman{cfg: cfg, began: time.Now(), senders: map[string]*sender{}}
	d.timer = time.AfterFunc(time.Hour, d.expire)
	d.timer.Stop()
	return d
}

// Do obeys a command that came just now: it calls act, or returns false because the command is stale or somebody else is
// the operator. Who commands while everything stands still becomes the operator, until the next stop.
func (d *Deadman) Do(from string, c Command, act func()) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closed:
		return false
	case !d.freshLocked(from, c) || d.held:
		d.status.Stale++
		return false
	case d.operator != "" && d.operator != from:
		d.status.Busy++
		return false
	}
	d.operator, d.last, d.status.Seq = from, from, c.Seq
	d.due = time.Now().Add(d.cfg.Limit)
	d.timer.Reset(d.cfg.Limit)
	act()
	return true
}

// freshLocked judges a command and remembers it.
func (d *Deadman) freshLocked(from string, c Command) bool {
	s := d.senders[from]
	first := s == nil
	if first {
		if len(d.senders) >= maxSenders { // but for the last operator, whose delay could not be seen any more
			maps.DeleteFunc(d.senders, func(other string, _ *sender) bool { return other != d.last })
		}
		s = &sender{}
		d.senders[from] = s
	}
	if !first && c.Seq <= s.seq {
		return false
	}
	s.seq = c.Seq
	if c.At == nil {
		return true
	}
	now := float64(time.Since(d.began)) / float64(time.Millisecond)
	lag := now - *c.At
	if base := s.base + (now-s.baseAt)*maxDrift; s.timed && lag > base {
		return lag-base <= float64(d.cfg.Late)/float64(time.Millisecond)
	}
	s.base, s.baseAt, s.timed = lag, now, true
	return true
}

// Gone notes that a peer has left or is reconnecting: if it is the operator, everything stops now. When it comes back its
// clock is taken anew, its numbers go on.
func (d *Deadman) Gone(from string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.senders[from]; s != nil {
		s.timed = false
	}
	if d.operator == from && from != "" {
		d.stopLocked(StopGone)
	}
}

// Halt stops everything now, for a reason such as StopLink. The next fresh command moves it again.
func (d *Deadman) Halt(reason string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopLocked(reason)
}

// Hold is Halt until Release: nothing moves meanwhile, whatever is commanded.
func (d *Deadman) Hold(reason string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held = true
	d.stopLocked(reason)
}

// Release ends a Hold: the next fresh command moves it again.
func (d *Deadman) Release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held = false
}

// Close is Halt for good.
func (d *Deadman) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.closed = true
		d.stopLocked(StopAsked)
	}
}

// Status is where it stands.
func (d *Deadman) Status() DeadmanStatus {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.status
	s.Operator = d.operator
	return s
}

func (d *Deadman) expire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.operator == "" {
		return
	}
	if left := time.Until(d.due); left > 0 { // a command came at the same time
		d.timer.Reset(left)
		return
	}
	d.stopLocked(StopSilence)
}

func (d *Deadman) stopLocked(reason string) {
	d.timer.Stop()
	if d.operator != "" {
		d.status.Stops++
		d.status.Reason = reason
	}
	d.operator = ""
	d.cfg.Stop(reason)
}
