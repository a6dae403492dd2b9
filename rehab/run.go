package rehab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/rehab/backend"
)

// Run serves until ctx ends. It waits for Redis and for the core to register this service.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	r := cfg.Rehab.Redis
	b := bus.Open(bus.Config{
		Addr: r.Addr(), DB: r.DB, Username: r.Username, Password: r.Password, Name: cfg.Rehab.Service.Name, Log: cfg.Log,
	})
	defer b.Close()
	dir := cfg.Rehab.WebRTC.StateDirectory
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("state directory: %w", err)
	}
	lock, err := lockState(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	info, err := register(ctx, b, cfg.Rehab.Service.Name, cfg.Log)
	if err != nil {
		return err
	}
	listener, err := listen(cfg, info)
	if err != nil {
		return err
	}
	defer listener.Close()
	// What delivers ends after everything that gives it work.
	work, endWork := context.WithCancel(context.WithoutCancel(ctx))
	defer endWork()
	s, err := newService(work, cfg, b, info)
	if err != nil {
		return err
	}
	defer s.close()
	var delivering sync.WaitGroup
	delivering.Go(func() { s.publish.run(work) }) //nolint:errcheck // ends with work
	delivering.Go(func() { s.outbox.Run(work) })  //nolint:errcheck // likewise
	err = s.serve(ctx, listener)
	if cfg.StopRooms {
		s.stopAll()
	}
	s.finish()
	endWork()
	delivering.Wait()
	return err
}

// listen opens the address that the core has registered; a host name that is not of this machine is a container's.
func listen(cfg Config, info serviceInfo) (net.Listener, error) {
	host, port := info.Hostname, info.Port
	if host == "" {
		host = cfg.Rehab.Service.Hostname
	}
	if port == 0 {
		port = cfg.Rehab.Service.Port
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	var dns *net.DNSError
	if err != nil && (errors.As(err, &dns) || errors.Is(err, syscall.EADDRNOTAVAIL)) {
		cfg.Log.Warn("the registered host name is not of this machine: listening on all addresses", "host", host)
		l, err = net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(port)))
	}
	if err != nil {
		return nil, fmt.Errorf("rehab service: %w", err)
	}
	return l, nil
}

// serve answers calls and pages until ctx ends.
func (s *Service) serve(ctx context.Context, l net.Listener) error {
	s.keys.renewed = func() { s.background(s.presence.refresh) }
	s.bus.OnReconnect(func(context.Context) { s.background(s.reconnected) })
	if err := s.recover(); err != nil {
		return err
	}
	watch, err := s.bus.Subscribe(ctx, s.presence.handle, bus.ModuleEvents(bus.UserManager))
	if err != nil {
		return fmt.Errorf("subscribe to presence: %w", err)
	}
	defer watch.Close()
	s.background(s.presence.refresh)
	calls, err := s.bus.Serve(ctx, s.methods(), bus.ServiceRPC(s.key), bus.ServiceRPC(s.uuid))
	if err != nil {
		return fmt.Errorf("serve calls: %w", err)
	}
	defer calls.Close()
	server := &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error { return s.serveMetrics(ctx) })
	g.Go(func() error {
		<-ctx.Done()
		return server.Close() // pages come again by themselves
	})
	s.log.Info("rehab service is ready", "address", l.Addr().String(), "sessions", len(s.all()))
	return g.Wait()
}

// reconnected makes up for what was published while Redis was away.
func (s *Service) reconnected(ctx context.Context) {
	s.presence.refresh(ctx)
	for _, n := range s.all() {
		n.reinvite()
	}
}

// stopAll ends every session, for a program that is told to stop for good.
func (s *Service) stopAll() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), 6*time.Second)
	defer cancel()
	var g errgroup.Group
	g.SetLimit(16)
	for _, n := range s.all() {
		g.Go(func() error {
			unlock, err := s.actions.lock(ctx, lane(n.id))
			if err != nil {
				return nil
			}
			defer unlock()
			if s.session(n.id, "") == n {
				s.end(ctx, n, ending{Status: backend.Completed, Text: "The service was stopped"})
			}
			return nil
		})
	}
	g.Wait() //nolint:errcheck // always nil
}
