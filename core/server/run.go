package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/go-chi/chi/v5"
	"golang.org/x/sync/errgroup"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/archive"
	"github.com/gotera/gotera/core/authority"
	"github.com/gotera/gotera/core/launcher"
	"github.com/gotera/gotera/core/login"
	"github.com/gotera/gotera/core/registry"
	"github.com/gotera/gotera/core/rest"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/websocket"
	"github.com/gotera/gotera/proto/bus"
)

// Times of the HTTP server. An operation may wait 10 s for a service's answer.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 60 * time.Second
	writeTimeout  = 60 * time.Second
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 5 * time.Second

	maxHeader = 64 << 10 // bytes; a user token with many services takes some kilobytes
)

// server is the core while it runs.
type server struct {
	cfg      Config
	log      *slog.Logger
	store    *store.Store
	bus      *bus.Bus
	login    *login.Login
	registry *registry.Registry
	hub      *websocket.Hub
	launcher *launcher.Launcher
	archives *archive.Archiver
	changes  *changes
	started  Started
}

// Run serves until ctx ends, which is not an error. Redis keeps its variables: services that run go on working when the
// core comes back.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	s := &server{cfg: cfg, log: cfg.Log}
	ln, err := cfg.listen() // before anything is written anywhere
	if err != nil {
		return err
	}
	defer ln.Close()
	s.openBus()
	defer s.bus.Close()
	if err := s.openStore(ctx); err != nil {
		return err
	}
	defer s.store.Close()
	s.wire()
	err = s.run(ctx, ln)
	if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
		return nil
	}
	return err
}

func (s *server) openBus() {
	r := s.cfg.Core.Redis
	s.bus = bus.Open(bus.Config{
		Addr: r.Addr(), DB: r.DB, Username: r.Username, Password: r.Password, Name: "gotera.core", Log: s.log,
	})
	s.changes = newChanges(s.bus, s.log)
}

// wire makes the parts. They do nothing yet.
func (s *server) wire() {
	s.login = login.New(login.Config{
		Store: s.store, Bus: s.bus, ClientCertificates: s.cfg.Core.Server.ClientCertificates, Log: s.log,
	})
	s.registry = registry.New(registry.Config{Bus: s.bus, Find: s.find, Log: s.log})
	s.archives = archive.New(archive.Config{ServiceToken: s.login.ServiceToken, AssetToken: s.login.AssetToken, Log: s.log})
	s.hub = websocket.New(websocket.Config{
		Bus: s.bus, Registry: s.registry, Redeem: s.redeem, Open: s.openAccount, Seers: s.seers, Members: s.members,
		Log: s.log,
	})
	s.changes.disconnect = s.hub.Disconnect
	s.changes.settings = s.login.SettingsChanged
}

// run starts the parts in an order in which each finds what it needs: keys and services in Redis, then calls and
// messages, then requests.
func (s *server) run(ctx context.Context, ln net.Listener) error {
	if err := s.prepareRedis(ctx); err != nil {
		return err
	}
	if err := s.hub.Start(ctx); err != nil {
		return fmt.Errorf("events for websockets: %w", err)
	}
	defer s.hub.Close()
	g, ctx := errgroup.WithContext(ctx)
	listening := make(chan struct{})
	g.Go(func() error { return s.changes.run(ctx) })
	g.Go(func() error { return s.login.Run(ctx) })
	g.Go(func() error { return s.launcher.Run(ctx) })
	g.Go(func() error { return s.nightly(ctx) })
	g.Go(func() error { return s.archives.Run(ctx) })
	g.Go(func() error { return s.registry.Run(ctx, func() { close(listening) }) })
	g.Go(func() error {
		select {
		case <-listening:
			return s.serve(ctx, ln)
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	return g.Wait()
}

// prepareRedis writes the keys and the services, now and whenever Redis comes back.
func (s *server) prepareRedis(ctx context.Context) error {
	for logged := false; ; logged = true {
		err := s.bus.Ping(ctx)
		if err == nil {
			break
		}
		if !logged {
			s.log.Warn("waiting for redis", "error", err)
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := s.login.Start(ctx); err != nil {
		return err
	}
	if err := s.launcher.Write(ctx); err != nil {
		return err
	}
	s.bus.OnReconnect(func(ctx context.Context) {
		if err := s.login.WriteKeys(ctx); err != nil {
			s.log.Error("token keys not written", "error", err)
		}
		s.launcher.Changed()
	})
	return nil
}

func (s *server) serve(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader,
		ErrorLog:       slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	if c := s.cfg.Core.Server; c.UseSSL {
		cert, err := tls.LoadX509KeyPair(filepath.Join(c.SSLPath, c.SiteCertificate), filepath.Join(c.SSLPath, c.SitePrivateKey))
		if err != nil {
			return fmt.Errorf("certificate: %w", err)
		}
		ln = tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	}
	s.started.Addr = ln.Addr().String()
	s.log.Info("core listens", "address", s.started.Addr)
	if s.cfg.OnStarted != nil {
		s.cfg.OnStarted(s.started)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return srv.Serve(ln) })
	g.Go(func() error {
		<-ctx.Done()
		s.hub.Close()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		if err := srv.Shutdown(stop); err != nil {
			return srv.Close()
		}
		return nil
	})
	if err := g.Wait(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return ctx.Err()
}

func (s *server) routes() http.Handler {
	r := chi.NewRouter()
	var reset func(context.Context) error
	if s.cfg.Tests {
		reset = s.reset
	}
	r.NotFound(rest.NotFound)
	r.MethodNotAllowed(rest.MethodNotAllowed)
	rest.New(rest.Config{
		Store: s.store, Bus: s.bus, Login: s.login, Registry: s.registry, Archives: s.archives, Disconnect: s.hub.Disconnect,
		Authority: authority.Configured(s.cfg.Core.Server, s.log), Tests: s.cfg.Tests, Docs: s.cfg.Core.Server.EnableDocs, Reset: reset,
		Name: s.cfg.Core.Server.Name, Hostname: s.cfg.Core.Server.Hostname, Port: s.cfg.Core.Server.Port, Log: s.log,
	}).Mount(r)
	for _, kind := range []core.Kind{core.KindUser, core.KindParticipant, core.KindDevice} {
		r.Method(http.MethodGet, "/wss/"+string(kind), s.hub.Serve(kind))
	}
	r.HandleFunc("/wss", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "Forbidden", http.StatusForbidden) })
	return r
}
