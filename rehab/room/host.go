package room

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"
)

// Host starts rooms.
type Host struct {
	cfg   Config
	ports *Ports
	files *files
	log   *slog.Logger

	healthPeriod, healthTimeout, quickDeath time.Duration // shorter in tests
}

// NewHost makes the state directory if it is missing.
func NewHost(cfg Config) (*Host, error) {
	if len(cfg.Program) == 0 {
		return nil, errors.New("no room program")
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	files, err := openFiles(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	return &Host{cfg: cfg, ports: NewPorts(cfg.Dir, cfg.BasePort, cfg.MaxSessions), files: files, log: cfg.Log,
		healthPeriod: healthPeriod, healthTimeout: healthTimeout, quickDeath: quickDeath}, nil
}

// Close frees what the host itself holds. Rooms must have been stopped or left before.
func (h *Host) Close() { h.files.close() }

// FreePorts counts the ports that a new room could get.
func (h *Host) FreePorts() int { return h.ports.Free() }

// Reserve takes a port for a new room; the caller hands it to Start or releases it.
func (h *Host) Reserve(skip map[int]bool) (*Lock, error) { return h.ports.Take(skip) }

// Start launches a room on the port that lock holds, which must be spec's, and returns when it takes peers. When it
// fails nothing is left of the room, and lock is released. An *ExitError with code control.ExitPortUsed means that
// something else listens on the port.
func (h *Host) Start(ctx context.Context, spec Spec, lock *Lock, owner Owner) (*Room, error) {
	r := h.room(spec, lock, owner)
	if err := r.bring(ctx); err != nil {
		r.abandon()
		return nil, fmt.Errorf("room on port %d: %w", spec.Port, err)
	}
	go r.run()
	return r, nil
}

// Adopt takes charge of a room that an earlier rehab started as last. If it is dead it is started again in the
// background, on the same port and with the same key; the owner hears when that cannot be done.
func (h *Host) Adopt(spec Spec, last Process, owner Owner) *Room {
	r := h.room(spec, nil, owner)
	r.proc = &process{Process: last}
	go func() {
		if err := r.attach(r.ctx); err != nil {
			if r.ctx.Err() == nil { // otherwise it goes on without this rehab, or is stopped by run
				r.log.Info("room of an earlier run is dead", "err", err)
				r.proc.kill() // does nothing unless it still runs without answering
			}
			r.dead = true // for run: there is nothing to watch
		}
		r.run()
	}()
	return r
}

// Kill ends what may be left of a room that nobody wants any more, and deletes its files.
func (h *Host) Kill(spec Spec, last Process) {
	p := &process{Process: last}
	p.kill()
	p.await(stopTimeout)
	h.files.remove(spec.Port)
}

func (h *Host) room(spec Spec, lock *Lock, owner Owner) *Room {
	r := &Room{
		host: h, spec: spec, owner: owner, lock: lock,
		log:  h.log.With("port", spec.Port),
		done: make(chan struct{}), dirty: make(chan struct{}, 1), up: make(chan struct{}),
	}
	r.ctx, r.cancel = context.WithCancelCause(context.Background())
	return r
}
