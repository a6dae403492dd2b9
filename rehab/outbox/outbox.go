// Package outbox delivers requests to the core that must not be lost: they are on the disk before Put returns and are
// tried until the core takes them or refuses them for good. Requests of one lane are delivered in order; lanes do not
// wait for one another. Delivery is at least once.
package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gotera/gotera/rehab/disk"
)

const (
	maxEntries   = 10_000 // on disk; then Put fails
	atOnce       = 8      // lanes, and requests of a parallel entry, delivered at once
	firstBackOff = 500 * time.Millisecond
	lastBackOff  = 30 * time.Second
)

// Errors of Put and Wait.
var (
	ErrFull    = errors.New("outbox is full")
	ErrPending = errors.New("not delivered yet")
)

// Request is a POST of Body to Path.
type Request struct {
	Path string          `json:"path"`
	Body json.RawMessage `json:"body"`
}

// Config configures an Outbox.
type Config struct {
	Dir       string
	Send      func(ctx context.Context, r Request) (json.RawMessage, error)
	Permanent func(error) bool // the core will never take it: it is dropped with a log line
	Log       *slog.Logger
}

// Entry is some requests of one lane. When Parallel, they may be sent at once and in any order.
type Entry struct {
	Lane     string    `json:"lane"`
	Parallel bool      `json:"parallel,omitempty"`
	Requests []Request `json:"requests"` // still to be delivered

	path    string
	tried   chan struct{} // closed after the first try, or when done
	once    sync.Once
	answers []json.RawMessage // of the first try, by request; valid once tried is closed
	err     error             // of the first try
}

// Outbox holds undelivered entries.
type Outbox struct {
	cfg Config

	mu    sync.Mutex // guards the fields below
	next  uint64
	lanes map[string][]*Entry // the first of each is being delivered
	count int
	start func(lane string) // nil until Run, and after it
}

// Open reads what an earlier run left.
func Open(cfg Config) (*Outbox, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	o := &Outbox{cfg: cfg, lanes: map[string][]*Entry{}}
	names, err := filepath.Glob(filepath.Join(cfg.Dir, "*.json"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names) // they are numbered
	for _, path := range names {
		raw, err := os.ReadFile(path)
		e := &Entry{path: path, tried: make(chan struct{})}
		if err == nil {
			err = json.Unmarshal(raw, e)
		}
		if err != nil {
			cfg.Log.Error("outbox entry is unreadable and left aside", "file", path, "err", err)
			os.Rename(path, path+".bad")
			continue
		}
		fmt.Sscanf(strings.TrimSuffix(filepath.Base(path), ".json"), "%d", &o.next)
		o.lanes[e.Lane] = append(o.lanes[e.Lane], e)
		o.count++
	}
	return o, nil
}

// Put adds an entry; it is on the disk when Put returns.
func (o *Outbox) Put(lane string, parallel bool, requests ...Request) (*Entry, error) {
	e := &Entry{Lane: lane, Parallel: parallel, Requests: requests, tried: make(chan struct{})}
	o.mu.Lock()
	if o.count >= maxEntries {
		o.mu.Unlock()
		return nil, ErrFull
	}
	o.count++
	o.next++
	e.path = filepath.Join(o.cfg.Dir, fmt.Sprintf("%016d.json", o.next))
	o.mu.Unlock()
	if err := e.save(); err != nil {
		o.mu.Lock()
		o.count--
		o.mu.Unlock()
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lanes[lane] = append(o.lanes[lane], e)
	if len(o.lanes[lane]) == 1 && o.start != nil {
		o.start(lane)
	}
	return e, nil
}

// Wait returns the core's answers, by request. ErrPending means that the first try failed, or did not end with ctx: it
// will be tried again by itself. Any other error means that the core refused for good.
func (e *Entry) Wait(ctx context.Context) ([]json.RawMessage, error) {
	select {
	case <-e.tried:
		return e.answers, e.err
	case <-ctx.Done():
		return nil, ErrPending
	}
}

// Has reports whether a lane has anything undelivered.
func (o *Outbox) Has(lane string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.lanes[lane]) > 0
}

// Len counts the undelivered entries.
func (o *Outbox) Len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count
}

// Run delivers until ctx ends. It may be called once.
func (o *Outbox) Run(ctx context.Context) error {
	var lanes sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	o.mu.Lock()
	o.start = func(lane string) { lanes.Go(func() { o.deliver(ctx, lane, slots) }) }
	for lane := range o.lanes {
		o.start(lane)
	}
	o.mu.Unlock()
	<-ctx.Done()
	o.mu.Lock()
	o.start = nil
	o.mu.Unlock()
	lanes.Wait()
	return ctx.Err()
}

// deliver empties one lane.
func (o *Outbox) deliver(ctx context.Context, lane string, slots chan struct{}) {
	backOff := firstBackOff
	for {
		o.mu.Lock()
		e := o.lanes[lane][0]
		o.mu.Unlock()
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		delivered, err := o.try(ctx, e)
		<-slots
		if ctx.Err() != nil && err != nil {
			return
		}
		if err != nil {
			o.failed(lane)
			o.cfg.Log.Warn("request to the core waits", "lane", lane, "in", backOff, "err", err)
			select {
			case <-time.After(backOff):
			case <-ctx.Done():
				return
			}
			backOff = min(2*backOff, lastBackOff)
			continue
		}
		backOff = firstBackOff
		more := o.done(e)
		delivered() // whoever waits for it finds the lane without it
		if !more {
			return
		}
	}
}

// failed tells everybody who waits in this lane not to: what comes behind waits too.
func (o *Outbox) failed(lane string) {
	o.mu.Lock()
	entries := slices.Clone(o.lanes[lane])
	o.mu.Unlock()
	for _, e := range entries {
		e.settle(nil, ErrPending)
	}
}

// done removes the first entry of a lane and reports whether there are more.
func (o *Outbox) done(e *Entry) bool {
	if err := disk.Remove(e.path); err != nil {
		o.cfg.Log.Error("outbox entry is not deleted", "err", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.count--
	o.lanes[e.Lane] = o.lanes[e.Lane][1:]
	if len(o.lanes[e.Lane]) == 0 {
		delete(o.lanes, e.Lane)
		return false
	}
	return true
}

// try sends what is left of an entry. Without an error nothing is left, and delivered tells those who wait.
func (o *Outbox) try(ctx context.Context, e *Entry) (delivered func(), err error) {
	answers := make([]json.RawMessage, len(e.Requests))
	errs := make([]error, len(e.Requests))
	sent := make([]bool, len(e.Requests))
	g := errgroup.Group{}
	g.SetLimit(1)
	if e.Parallel {
		g.SetLimit(atOnce)
	}
	for i, r := range e.Requests {
		g.Go(func() error {
			if !e.Parallel && i > 0 && !sent[i-1] {
				return nil // in order: the one before must be taken first
			}
			answers[i], errs[i] = o.cfg.Send(ctx, r)
			if sent[i] = errs[i] == nil || o.cfg.Permanent(errs[i]); sent[i] && errs[i] != nil {
				o.cfg.Log.Error("the core refused a request for good", "lane", e.Lane, "err", errs[i])
			}
			return nil
		})
	}
	g.Wait() //nolint:errcheck // always nil
	var left []Request
	for i, r := range e.Requests {
		if !sent[i] {
			left = append(left, r)
		}
	}
	if len(left) == 0 {
		return func() { e.settle(answers, errors.Join(errs...)) }, nil
	}
	if len(left) < len(e.Requests) {
		e.Requests = left
		if err := e.save(); err != nil {
			o.cfg.Log.Error("outbox entry is not saved: some requests may be repeated", "err", err)
		}
	}
	return nil, errors.Join(errs...)
}

func (e *Entry) settle(answers []json.RawMessage, err error) {
	e.once.Do(func() {
		e.answers, e.err = answers, err
		close(e.tried)
	})
}

func (e *Entry) save() error {
	raw, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return disk.Write(e.path, raw)
}
