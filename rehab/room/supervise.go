package room

import (
	"context"
	"errors"
	"time"

	"github.com/gotera/gotera/proto/control"
)

// run supervises the room until it is stopped, left or given up. It owns the room's process from bring to its end.
func (r *Room) run() {
	defer close(r.done)
	quick := 0 // deaths in a row, each soon after the room was ready, or before
	backOff := time.Duration(0)
	for {
		began := time.Now()
		if !r.dead {
			r.watch()
		}
		if r.over() {
			return
		}
		reason := r.exitError()
		r.log.Warn("room process died", "err", reason)
		for r.dead = true; r.dead; {
			if time.Since(began) > r.host.quickDeath {
				quick, backOff = 0, 0
			}
			if quick++; quick >= maxQuick {
				r.end()
				r.owner.RoomLost(reason)
				return
			}
			sleep(r.ctx, backOff)
			backOff = min(max(firstBackOff, 2*backOff), lastBackOff)
			if r.over() {
				return
			}
			began = time.Now()
			if err := r.bring(r.ctx); err == nil {
				r.dead = false
			} else if r.ctx.Err() == nil {
				reason = err
				r.log.Warn("room not started again", "err", err)
			}
		}
		r.log.Info("room started again")
	}
}

// over ends the room's supervision if that was asked for.
func (r *Room) over() bool {
	switch cause := context.Cause(r.ctx); {
	case cause == nil:
		return false
	case errors.Is(cause, errLeave):
		r.leave()
	default:
		r.end()
	}
	return true
}

// watch serves a living process until it has ended or the room's context has.
func (r *Room) watch() {
	health := time.NewTicker(r.host.healthPeriod)
	defer health.Stop()
	misses := 0
	ended := r.follow()
	checked := make(chan error, 1)
	checking := false
	defer func() {
		if checking {
			<-checked
		}
		r.unfollow(ended)
	}()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-ended:
			if r.gone() {
				return
			}
			if r.attach(r.ctx) == nil { // the stream broke and the process lives
				ended = r.follow()
			} else if r.ctx.Err() == nil { // otherwise it goes on without this rehab
				r.proc.kill()
			}
		case <-r.dirty:
			r.refresh()
		case <-health.C:
			r.host.files.trimLog(r.spec.Port)
			if !checking {
				checking = true
				go func() { checked <- r.healthy(r.ctx) }()
			}
		case err := <-checked:
			checking = false
			if misses++; err == nil {
				misses = 0
			} else if r.ctx.Err() == nil {
				r.log.Warn("room does not answer", "err", err, "misses", misses)
			}
			if misses >= healthMisses {
				r.proc.kill()
				misses = 0
			}
		}
	}
}

// follow hands the room's events to the owner until the stream ends.
func (r *Room) follow() <-chan struct{} {
	ended, stream := make(chan struct{}), r.stream
	go func() {
		defer close(ended)
		defer stream.Close()
		for {
			e, err := stream.Next()
			if err != nil {
				return
			}
			r.owner.RoomEvent(e)
		}
	}()
	return ended
}

func (r *Room) unfollow(ended <-chan struct{}) {
	if r.stream != nil {
		r.stream.Close()
		<-ended
		r.stream = nil
	}
}

// gone reports whether the process has ended, after a moment: the stream goes first.
func (r *Room) gone() bool {
	if r.proc.PID > 0 && r.proc.Started > 0 || r.proc.exited != nil {
		return r.proc.await(200 * time.Millisecond)
	}
	return true // an unknown process: its socket is all there is
}

// refresh puts the session again; when that fails it is tried again while the process lives.
func (r *Room) refresh() {
	ctx, cancel := context.WithTimeout(r.ctx, stopTimeout)
	defer cancel()
	r.putting.Lock()
	err := r.put(ctx)
	r.putting.Unlock()
	if err == nil || r.ctx.Err() != nil || r.proc.exited != nil && !r.proc.alive() {
		return // one that is started again gets it then
	}
	r.log.Warn("room did not take the session", "err", err)
	time.AfterFunc(time.Second, r.Touch)
}

// end stops the process, by force if need be, and frees the port.
func (r *Room) end() {
	if r.proc.alive() || r.proc.exited == nil {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		client := control.NewClient(r.host.files.socket(r.spec.Port))
		err := client.Stop(ctx, control.ReasonStopped)
		client.Close()
		cancel()
		if err != nil && r.proc.alive() {
			r.log.Warn("room did not stop when asked", "err", err)
		}
		if !r.proc.await(stopTimeout) {
			r.proc.kill()
			r.proc.await(stopTimeout)
		}
	}
	r.setClient(nil)
	r.host.files.remove(r.spec.Port)
	r.lock.Release()
}

// leave frees what rehab holds and lets the process live.
func (r *Room) leave() {
	r.setClient(nil)
	r.lock.Release()
}
