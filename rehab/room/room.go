package room

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gotera/gotera/proto/control"
)

// Room is one session's room, over all the processes it may go through.
type Room struct {
	host  *Host
	spec  Spec
	owner Owner
	log   *slog.Logger

	ctx    context.Context // ends with cause errLeave or ErrStopped
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when the supervisor has ended
	dirty  chan struct{} // capacity 1: the session has changed and must be put

	// Owned by whoever brings the room up, then by the supervisor.
	lock   *Lock // nil after Adopt while the process found alone holds the port
	proc   *process
	stream *control.Stream
	dead   bool // nothing to watch: the process has ended, or rehab ended before it was found

	putting sync.Mutex // describes and puts in one order; held during I/O to the room

	mu     sync.Mutex // guards the fields below
	client *control.Client
	up     chan struct{} // closed while there is a client
}

var (
	errLeave    = errors.New("rehab ends")
	errStarting = errors.New("room is being started")
)

// Spec is what the room was started with.
func (r *Room) Spec() Spec { return r.spec }

// Update puts the session as its owner describes it now; a room that is being found or started is waited for. When it
// returns nil, peers of removed invitees are gone. When it fails the room will still hear: at the next try, or when it is
// started again.
func (r *Room) Update(ctx context.Context) error {
	r.mu.Lock()
	up := r.up
	r.mu.Unlock()
	select {
	case <-up:
	case <-ctx.Done():
		r.Touch()
		return ctx.Err()
	}
	r.putting.Lock()
	defer r.putting.Unlock()
	err := r.put(ctx)
	if err != nil {
		r.Touch()
	}
	return err
}

// Touch has the session put soon; many calls make one.
func (r *Room) Touch() {
	select {
	case r.dirty <- struct{}{}:
	default:
	}
}

// Stop ends the room: its peers are told, then the process ends and the port is free. It returns when that is done,
// after stopTimeout by force, or with ctx.
func (r *Room) Stop(ctx context.Context) error {
	r.cancel(ErrStopped)
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Leave stops watching and leaves the process running.
func (r *Room) Leave() {
	r.cancel(errLeave)
	<-r.done
}

// Quality measures the room now; an error while it is being found or started.
func (r *Room) Quality(ctx context.Context) (control.Quality, error) {
	r.mu.Lock()
	client := r.client
	r.mu.Unlock()
	if client == nil {
		return control.Quality{}, errStarting
	}
	return client.Quality(ctx)
}

func (r *Room) put(ctx context.Context) error {
	r.mu.Lock()
	client := r.client
	r.mu.Unlock()
	if client == nil {
		return errStarting
	}
	return client.PutSession(ctx, r.owner.Describe())
}

func (r *Room) setClient(c *control.Client) {
	r.mu.Lock()
	old := r.client
	r.client = c
	switch {
	case c != nil && old == nil:
		close(r.up)
	case c == nil && old != nil:
		r.up = make(chan struct{})
	}
	r.mu.Unlock()
	if old != nil {
		old.Close()
	}
}

// exitDelay is how long a process may take to end after its control socket broke.
const exitDelay = 500 * time.Millisecond

// bring launches a process and waits until it takes peers. When it fails no process is left.
func (r *Room) bring(ctx context.Context) error {
	if r.lock == nil {
		lock, err := r.relock(ctx)
		if err != nil {
			return err
		}
		r.lock = lock
	}
	proc, err := r.host.launch(r.spec, r.lock)
	if err != nil {
		return err
	}
	r.proc = proc
	r.owner.RoomStarted(proc.Process)
	if err := r.attach(ctx); err != nil {
		if proc.await(exitDelay) { // its own reason says more than a broken connection
			return r.exitError()
		}
		proc.kill()
		proc.await(stopTimeout)
		return err
	}
	return nil
}

// relock takes the port again after an adopted process has ended: its lock goes a moment after its sockets.
func (r *Room) relock(ctx context.Context) (*Lock, error) {
	for end := time.Now().Add(stopTimeout); ; {
		lock, err := r.host.ports.Lock(r.spec.Port)
		if err == nil || !errors.Is(err, ErrPortHeld) || time.Now().After(end) {
			return lock, err
		}
		if err := sleep(ctx, 5*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// attach connects to the control socket, puts the session and waits until the room takes peers.
func (r *Room) attach(ctx context.Context) error {
	streamCtx, endStream := context.WithCancel(context.Background())
	late := time.AfterFunc(readyTimeout, endStream)
	keep := context.AfterFunc(ctx, endStream)
	unwatch := r.endWithProcess(endStream)
	client := control.NewClient(r.host.files.socket(r.spec.Port))
	stream, err := r.await(streamCtx, client)
	unwatch()
	inTime, wanted := late.Stop(), keep()
	if err == nil && inTime && wanted {
		r.stream = stream
		return nil
	}
	endStream()
	r.setClient(nil)
	switch {
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return context.Cause(ctx)
	case !inTime || !wanted:
		return ErrNotReady
	}
	return err
}

// await is attach without its ends: streamCtx is the life of the stream that it returns.
func (r *Room) await(streamCtx context.Context, client *control.Client) (*control.Stream, error) {
	stream, err := client.Events(streamCtx)
	if err != nil {
		client.Close()
		return nil, err
	}
	r.setClient(client)
	r.putting.Lock()
	err = r.put(streamCtx)
	r.putting.Unlock()
	if err != nil {
		return nil, err
	}
	for {
		e, err := stream.Next()
		if err != nil {
			return nil, err
		}
		r.owner.RoomEvent(e)
		if e.Ready || e.Type == control.EventReady {
			return stream, nil
		}
	}
}

// endWithProcess calls end when a child ends: a launched program may never touch its socket.
func (r *Room) endWithProcess(end func()) (stop func()) {
	stopped, exited := make(chan struct{}), r.proc.exited
	if exited != nil {
		go func() {
			select {
			case <-exited:
				end()
			case <-stopped:
			}
		}()
	}
	return func() { close(stopped) }
}

// exitError says how the process ended; of one that is no child, only the log can tell.
func (r *Room) exitError() error {
	e := &ExitError{Code: -1, Reason: r.host.files.lastLine(r.spec.Port)}
	if r.proc.exited != nil {
		e.Code = r.proc.code
		if r.proc.signal != "" {
			e.Reason = r.proc.signal
		}
	}
	return e
}

// abandon frees what a room that was never ready holds.
func (r *Room) abandon() {
	r.host.files.remove(r.spec.Port)
	r.lock.Release()
	close(r.done)
}

// healthy asks the room's HTTP side, through which all its peers come.
func (r *Room) healthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.host.healthTimeout)
	defer cancel()
	url := fmt.Sprintf("http://127.0.0.1:%d/status?key=%s", r.spec.Port, r.spec.Key)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return errors.New("no answer to /status") // the URL in the error holds the key
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("/status answered %d", res.StatusCode)
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
