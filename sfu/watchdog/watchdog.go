// Package watchdog decides what to do when media that should flow does not: ask for a keyframe, then begin anew (a fresh
// m-line for a subscriber, a fresh encoder for a publisher), and at last call it a fault, which is over when media flows
// again. It only judges what it is told, one Watch per track and end; asking, negotiating and showing are the caller's.
package watchdog

import "time"

// Plan says how long each step waits, from the moment that media stopped.
type Plan struct {
	Ask        time.Duration // until Ask; again after AskEvery
	AskEvery   time.Duration
	Renew      time.Duration // until Renew; again after RenewEvery, which doubles each time
	RenewEvery time.Duration
	RenewMost  time.Duration // and is RenewMost at most; RenewEvery again after Recovered of health
	Recovered  time.Duration
	Fault      time.Duration // until Fault
}

// Subscriber is the plan for a track on its way to a subscriber.
var Subscriber = Plan{
	Ask: 2 * time.Second, AskEvery: 4 * time.Second,
	Renew: 4 * time.Second, RenewEvery: 10 * time.Second, RenewMost: 20 * time.Second, Recovered: 30 * time.Second,
	Fault: 7 * time.Second,
}

// Publisher is the plan for a track that a peer says it sends.
var Publisher = Plan{
	Ask: 2 * time.Second, AskEvery: 4 * time.Second,
	Renew: 5 * time.Second, RenewEvery: 15 * time.Second, RenewMost: 60 * time.Second, Recovered: 30 * time.Second,
	Fault: 8 * time.Second,
}

// Bounds of complaints: what the other end says of media that flows.
const (
	// Nagging is how long requests for keyframes must go on until they count as a complaint: loss makes some, too.
	Nagging = 6 * time.Second
	// Silence ends a complaint, or a run of requests, that is not repeated.
	Silence = 3 * time.Second
)

// Seen is what was observed since the last Look.
type Seen struct {
	Owed       bool // media should flow: negotiated or about to be, its source sends, it is not paused, hidden or muted
	Moved      bool // media flowed, beginning with a keyframe where it needs one
	Asked      bool // the other end asked for a keyframe
	Complained bool // the other end said that it shows nothing of what it gets
	Futile     bool // beginning anew would not help: what is missing is missing elsewhere
}

// Action is what to do now.
type Action int

// Actions.
const (
	None    Action = iota
	Ask            // ask for a keyframe, where there are any
	Renew          // begin anew
	Fault          // show and count it; Asks and Renews go on, rarer
	Cleared        // the fault is over
)

// String is for logs and tests.
func (a Action) String() string {
	return [...]string{"none", "ask", "renew", "fault", "cleared"}[a]
}

// Watch judges one track at one end. The zero value is ready; methods must not be called concurrently.
type Watch struct {
	began      time.Time // of what is owed, or when media last flowed
	healthy    time.Time // since when nothing is wrong; zero: something is
	asked      run
	complained run
	nextAsk    time.Time
	nextRenew  time.Time
	renewEvery time.Duration
	faulty     bool
}

// run is a series of the same complaint with no long silence in it.
type run struct{ first, last time.Time }

func (r *run) note(now time.Time, is bool) {
	switch {
	case is && (r.first.IsZero() || now.Sub(r.last) > Silence):
		r.first, r.last = now, now
	case is:
		r.last = now
	case !r.first.IsZero() && now.Sub(r.last) > Silence:
		*r = run{}
	}
}

// Faulty reports whether there is a fault now.
func (w *Watch) Faulty() bool { return w.faulty }

// Look judges what was seen up to now, and is best called a few times per second. Of several things that are due it
// returns the gravest; the others come with the next calls.
func (w *Watch) Look(plan *Plan, now time.Time, seen Seen) Action {
	w.asked.note(now, seen.Asked && seen.Owed)
	w.complained.note(now, seen.Complained && seen.Owed)
	if !seen.Owed {
		w.asked, w.complained = run{}, run{}
	}
	if seen.Moved || !seen.Owed || w.began.IsZero() {
		w.began = now
	}
	since := w.wrongSince()
	wrong := now.Sub(since)
	if wrong < plan.Ask {
		return w.well(plan, now, seen, since)
	}
	w.healthy = time.Time{}
	switch {
	case wrong >= plan.Fault && !w.faulty:
		w.faulty = true
		return Fault
	case wrong >= plan.Renew && !seen.Futile && !now.Before(w.nextRenew):
		w.renewEvery = max(w.renewEvery, plan.RenewEvery)
		w.nextRenew = now.Add(w.renewEvery)
		w.renewEvery = min(2*w.renewEvery, plan.RenewMost)
		return Renew
	case !now.Before(w.nextAsk):
		w.nextAsk = now.Add(plan.AskEvery)
		return Ask
	}
	return None
}

// wrongSince is when the oldest of what is wrong now began. The report of an end that shows nothing counts from its
// first; requests for keyframes count once they have gone on for Nagging.
func (w *Watch) wrongSince() time.Time {
	since := w.began
	if r := w.complained; !r.first.IsZero() && r.first.Before(since) {
		since = r.first
	}
	if r := w.asked; !r.first.IsZero() && r.last.Sub(r.first) >= Nagging {
		if at := r.first.Add(Nagging); at.Before(since) {
			since = at
		}
	}
	return since
}

// well is Look when nothing has been wrong for long enough to act. A fault ends only when media flows, or is not owed.
func (w *Watch) well(plan *Plan, now time.Time, seen Seen, since time.Time) Action {
	if w.healthy.IsZero() {
		w.healthy = now
	}
	if now.Sub(w.healthy) >= plan.Recovered {
		w.renewEvery, w.nextRenew = 0, time.Time{}
	}
	w.nextAsk = time.Time{}
	if w.faulty && (!seen.Owed || seen.Moved && since.Equal(w.began)) {
		w.faulty = false
		return Cleared
	}
	return None
}
