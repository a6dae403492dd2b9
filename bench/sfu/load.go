package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// generator is the publishers and subscribers of one run.
type generator struct {
	c         load
	audio     bool
	endpoints []*endpoint // those of a room one after the other
	wg        sync.WaitGroup
}

func newLoad(c load, audio bool) *generator { return &generator{c: c, audio: audio} }

// joining is how many connections are made at once: handshakes are work for both sides.
const joining = 4

// connect makes all connections and waits until every subscriber gets every track it should.
func (g *generator) connect(ctx context.Context, srv server) error {
	var publisher uint32
	for range g.c.rooms {
		for i := range g.c.peers() {
			e := &endpoint{publishes: i < g.c.publishers, subscribes: g.c.all || i >= g.c.publishers, audio: g.audio}
			if e.publishes {
				e.id = publisher
				publisher++
			}
			g.endpoints = append(g.endpoints, e)
		}
	}
	if err := g.join(ctx, srv, true); err != nil { // first: WHEP has nothing to answer before them
		return err
	}
	for _, e := range g.endpoints {
		if e.publishes {
			g.wg.Go(e.publish)
		}
	}
	if err := g.join(ctx, srv, false); err != nil {
		return err
	}
	want := g.c.publishers
	if g.c.all {
		want--
	}
	for {
		missing := 0
		for _, e := range g.endpoints {
			if e.subscribes && int(e.sources()) < want {
				missing++
			}
		}
		if missing == 0 {
			return nil
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return fmt.Errorf("%d subscribers get nothing: %w", missing, err)
		}
	}
}

// join connects the publishing or the other endpoints.
func (g *generator) join(ctx context.Context, srv server, publishing bool) error {
	slots := make(chan struct{}, joining)
	errs := make(chan error, len(g.endpoints))
	var wg sync.WaitGroup
	for i, e := range g.endpoints {
		if e.publishes != publishing {
			continue
		}
		slots <- struct{}{}
		if len(errs) > 0 {
			break
		}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := srv.join(ctx, i/g.c.peers(), e); err != nil {
				errs <- fmt.Errorf("connection %d: %w", i, err)
			}
		})
	}
	wg.Wait()
	select {
	case err := <-errs:
		return err // the others, as a rule, failed for the same reason
	default:
		return nil
	}
}

// straggle is how long packets sent at the end may take to arrive and still count.
const straggle = 700 * time.Millisecond

// measure counts what happens in d.
func (g *generator) measure(ctx context.Context, d time.Duration, pids []int) (result, error) {
	before, err := cpuOf(pids)
	if err != nil {
		return result{}, err
	}
	from := time.Since(epoch)
	for _, e := range g.endpoints {
		e.window(from, from+d)
	}
	if err := sleep(ctx, d); err != nil {
		return result{}, err
	}
	after, err := cpuOf(pids)
	if err != nil {
		return result{}, fmt.Errorf("a server ended: %w", err)
	}
	mem, err := memoryOf(pids)
	if err != nil {
		return result{}, err
	}
	if err := sleep(ctx, straggle); err != nil {
		return result{}, err
	}
	return g.result(after-before, mem), nil
}

// result gathers the counts.
func (g *generator) result(cpu time.Duration, mem memory) result {
	r := result{cpu: cpu, mem: mem, rooms: g.c.rooms, streams: g.c.streams()}
	var delays []time.Duration
	for room := range g.c.rooms {
		members := g.endpoints[room*g.c.peers() : (room+1)*g.c.peers()]
		for _, s := range members {
			if !s.subscribes {
				continue
			}
			for _, p := range members {
				if p.publishes && p != s {
					r.sent += p.sentInWindow()
				}
			}
			unique, duplicates, foreign, list := s.got(members)
			r.delivered += unique
			r.duplicates += duplicates
			r.foreign += foreign
			delays = append(delays, list...)
		}
	}
	slices.Sort(delays)
	if n := len(delays); n > 0 {
		r.p50, r.p99 = delays[n/2], delays[n*99/100]
	}
	return r
}

func (g *generator) close() {
	for _, e := range g.endpoints {
		e.close()
	}
	g.wg.Wait()
}
