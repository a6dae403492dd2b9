package peer

import (
	"maps"
	"math"
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

// Commands that catch up show that something holds them up: without it they come as far apart as they were sent.
const (
	catchUp = 25 * time.Millisecond // commands without At that come closer than this do; they are sent at 10 to 20 Hz
	rhythm  = 2                     // commands in a row that do not, before one counts that cannot be judged otherwise
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
// is higher than all before it and if it was not held up on its way. When it tells its time, that is seen as a change between
// two clocks that run at the same speed; none has to be right. Of a sender's first commands, and of all without a time that are to
// end a standstill, it is seen from their rhythm: what waited in a queue comes faster than it was sent, and nothing moves
// before two in a row came at the pace of sending. So two dangers are left. A delay that is there from the first command on
// cannot be seen: the operator should be shown how long answers take. And of commands without a time, a delay that grows bit by bit, or a
// queue that empties more slowly than one of them in 25 ms, cannot: send At.
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
	came   float64 // when the last came, ours in ms
	at     float64 // what it told
	steady int     // commands in a row that came at the pace of sending; at least rhythm is enough
	timed  bool
	known  bool    // base is of more than commands that were held up
	base   float64 // least difference of the clocks, ours less its, in ms
	baseAt float64 // ours
}

// DeadmanStatus is where a Deadman stands.
type DeadmanStatus struct {
	Operator string // peer id; "": everything stands still
	Seq      uint64 // of the last command obeyed
	Stale    uint64 // commands that were too late or out of order, of which that was not certain, or that came during a Hold
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
	if d.operator != "" && !time.Now().Before(d.due) { // the timer is late
		d.stopLocked(StopSilence)
	}
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
		s = &sender{came: math.Inf(-1)}
		d.senders[from] = s
	}
	if !first && c.Seq <= s.seq {
		return false
	}
	s.seq = c.Seq
	now := ms(time.Since(d.began))
	d.paceLocked(s, c, now)
	sure := d.operator == from || s.steady >= rhythm // what moves goes on, and not for longer than Limit without it
	if c.At == nil {
		return sure
	}
	lag := now - *c.At
	if base := s.base + (now-s.baseAt)*maxDrift; s.timed && lag > base {
		if lag-base > ms(d.cfg.Late) {
			return false
		}
	} else {
		s.base, s.baseAt, s.timed = lag, now, true
	}
	s.known = s.known || s.steady >= rhythm
	return sure || s.known
}

// paceLocked notes whether a command came at the pace of sending, or faster: then it waited somewhere.
func (d *Deadman) paceLocked(s *sender, c Command, now float64) {
	gap, least, most := now-s.came, ms(min(catchUp, d.cfg.Limit/2)), ms(d.cfg.Limit)
	if c.At != nil && s.timed {
		least, most = (*c.At-s.at)/2, math.MaxFloat64
	}
	if gap < least || gap > most {
		s.steady = 0
	} else {
		s.steady = min(s.steady+1, rhythm)
	}
	s.came = now
	if c.At != nil {
		s.at = *c.At
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Gone notes that a peer has left or is reconnecting: if it is the operator, everything stops now. When it comes back its
// clock is taken anew, its numbers go on.
func (d *Deadman) Gone(from string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.senders[from]; s != nil {
		s.timed, s.known, s.steady = false, false, 0
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
