package main

import (
	"context"
	"fmt"
	"time"
)

// side is one of the things compared.
type side struct {
	name, text string
	make       func() server
	single     bool   // one process: only of interest with several rooms
	raw        string // mode of the raw loop; such a side has no server
	self       string // this program
}

// server is a set of processes that forward. It is used for one run.
type server interface {
	// start starts the processes for the rooms of c, numbered from 0.
	start(ctx context.Context, c load) (pids []int, err error)
	// join connects e to a room.
	join(ctx context.Context, room int, e *endpoint) error
	// stop ends the processes and waits for them.
	stop()
}

// does reports whether the side has something to say about c.
func (s *side) does(c load) bool {
	if c.all {
		return s.name == "gotera"
	}
	return !s.single || c.rooms > 1
}

// startTime bounds the start of all processes and connections of a run.
const startTime = 60 * time.Second

// measure does one run.
func measure(ctx context.Context, o options, c load, s *side) (result, error) {
	if s.raw != "" {
		return measureRaw(ctx, o, c, s)
	}
	srv := s.make()
	defer srv.stop()
	starting, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	pids, err := srv.start(starting, c)
	if err != nil {
		return result{}, fmt.Errorf("start: %w", err)
	}
	idle, err := memoryOf(pids)
	if err != nil {
		return result{}, err
	}
	l := newLoad(c, o.audio)
	defer l.close()
	if err := l.connect(starting, srv); err != nil {
		return result{}, err
	}
	if err := sleep(ctx, o.settle); err != nil {
		return result{}, err
	}
	stopPerf := perf(ctx, o, c, s, pids)
	r, err := l.measure(ctx, o.measure, pids)
	stopPerf()
	r.idle = idle
	return r, err
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
