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
	"sync"
	"testing"
	"time"
)

var errNever = errors.New("never")

// core notes what it takes; fail decides what it does not.
type core struct {
	mu   sync.Mutex // guards the fields below
	took []string
	fail func(path string) error
}

func (c *core) send(_ context.Context, r Request) (json.RawMessage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail != nil {
		if err := c.fail(r.Path); err != nil {
			return nil, err
		}
	}
	c.took = append(c.took, r.Path)
	return json.RawMessage(`"` + r.Path + `"`), nil
}

func (c *core) set(f func(string) error) { c.mu.Lock(); c.fail = f; c.mu.Unlock() }
func (c *core) all() []string            { c.mu.Lock(); defer c.mu.Unlock(); return slices.Clone(c.took) }

func open(t *testing.T, dir string, c *core) *Outbox {
	t.Helper()
	o, err := Open(Config{Dir: dir, Send: c.send, Permanent: func(err error) bool { return errors.Is(err, errNever) }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// run delivers until the returned function is called.
func run(t *testing.T, o *Outbox) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); o.Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	return stop
}

func put(t *testing.T, o *Outbox, lane string, paths ...string) *Entry {
	t.Helper()
	var requests []Request
	for _, p := range paths {
		requests = append(requests, Request{Path: p, Body: json.RawMessage(`{}`)})
	}
	e, err := o.Put(lane, false, requests...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func waitFor(t *testing.T, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain")
		}
	}
}

func TestDeliversInOrderAndAnswers(t *testing.T) {
	c := &core{}
	o := open(t, t.TempDir(), c)
	a := put(t, o, "x", "1", "2")
	put(t, o, "x", "3")
	run(t, o)
	answers, err := a.Wait(t.Context())
	if err != nil || len(answers) != 2 || string(answers[1]) != `"2"` {
		t.Errorf("answers %s, %v", answers, err)
	}
	waitFor(t, func() bool { return o.Len() == 0 })
	if got := c.all(); !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("took %v", got)
	}
	if o.Has("x") {
		t.Error("the lane is not empty")
	}
}

func TestWaitsForTheCoreAndForTheNextProcess(t *testing.T) {
	dir, c := t.TempDir(), &core{}
	c.set(func(path string) error {
		if path == "2" {
			return errors.New("down")
		}
		return nil
	})
	o := open(t, dir, c)
	stop := run(t, o)
	e := put(t, o, "x", "1", "2", "3")
	behind := put(t, o, "x", "4")
	put(t, o, "y", "other")
	for _, e := range []*Entry{e, behind} {
		if _, err := e.Wait(t.Context()); !errors.Is(err, ErrPending) {
			t.Errorf("got %v, want ErrPending", err)
		}
	}
	waitFor(t, func() bool { return slices.Contains(c.all(), "other") }) // another lane goes on
	stop()
	c.set(nil)
	o = open(t, dir, c)
	if !o.Has("x") || o.Has("y") {
		t.Error("lanes after opening again")
	}
	put(t, o, "x", "5")
	run(t, o)
	waitFor(t, func() bool { return o.Len() == 0 })
	got := slices.DeleteFunc(c.all(), func(p string) bool { return p == "other" })
	if !slices.Equal(got, []string{"1", "2", "3", "4", "5"}) {
		t.Errorf("took %v", got)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestRefusedForGoodIsDropped(t *testing.T) {
	c := &core{}
	c.set(func(path string) error {
		if path == "bad" {
			return fmt.Errorf("no: %w", errNever)
		}
		return nil
	})
	o := open(t, t.TempDir(), c)
	e := put(t, o, "x", "bad", "good")
	run(t, o)
	if _, err := e.Wait(t.Context()); !errors.Is(err, errNever) {
		t.Errorf("got %v", err)
	}
	waitFor(t, func() bool { return o.Len() == 0 })
	if got := c.all(); !slices.Equal(got, []string{"good"}) {
		t.Errorf("took %v", got)
	}
}

func TestParallelEntryKeepsWhatIsLeft(t *testing.T) {
	dir, c := t.TempDir(), &core{}
	c.set(func(path string) error {
		if path == "p7" {
			return errors.New("down")
		}
		return nil
	})
	o := open(t, dir, c)
	var requests []Request
	for i := range 20 {
		requests = append(requests, Request{Path: fmt.Sprintf("p%d", i), Body: json.RawMessage(`{}`)})
	}
	e, err := o.Put("x", true, requests...)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, o)
	if _, err := e.Wait(t.Context()); !errors.Is(err, ErrPending) {
		t.Errorf("got %v", err)
	}
	stop()
	c.set(nil)
	o = open(t, dir, c)
	run(t, o)
	waitFor(t, func() bool { return o.Len() == 0 })
	got := c.all()
	slices.Sort(got)
	if len(got) != 20 || len(slices.Compact(got)) != 20 {
		t.Errorf("took %v, want each once", got)
	}
}

func TestUnreadableEntryIsPutAside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "0000000000000003.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := open(t, dir, &core{})
	if o.Len() != 0 {
		t.Errorf("%d entries", o.Len())
	}
	if _, err := os.Stat(path + ".bad"); err != nil {
		t.Error(err)
	}
}
