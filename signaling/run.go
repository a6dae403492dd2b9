package signaling

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/fair"
	"github.com/gotera/gotera/sfu"
)

// Run is the process of one room: it returns nil when the session was stopped or ctx ended, after every peer was told.
// ExitCode turns its error into the exit code.
func Run(ctx context.Context, cfg Config) error {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return err
	}
	cfg.Process.apply()
	if cfg.LockFD != 0 {
		lock := os.NewFile(uintptr(cfg.LockFD), "lock")
		defer lock.Close() //nolint:errcheck // the kernel frees it
	}
	if err := cfg.open(); err != nil {
		return err
	}
	defer cfg.HTTP.Close() //nolint:errcheck // the server has closed it as a rule
	media, err := sfu.New(sfu.Config{
		Log: cfg.Log, Listen: cfg.MediaListen, PublicIPs: configs.SplitAddresses(cfg.MediaPublicIP), ICELite: cfg.ICELite, Loopback: cfg.loopback(),
		BoundTCP: func(l net.Listener) net.Listener { return fair.New(l, mediaTCP) },
		MaxPeers: (2 + callsPerPeer) * cfg.MaxPeers, // peers that were replaced may still be closing; newRoom has the limit
	})
	if err != nil {
		return inUse("open media", err)
	}
	b := bus.Open(bus.Config{
		Addr: cfg.RedisAddr, DB: cfg.RedisDB, Username: cfg.RedisUsername, Password: cfg.RedisPassword,
		Name: "gotera.room", Log: cfg.Log,
	})
	defer b.Close() //nolint:errcheck // the process ends
	r := newRoom(cfg, media)
	return r.run(ctx, cfg, b)
}

// mediaTCP bounds the connections to the media port. One that is older belongs to a peer: others are closed after 10 s.
var mediaTCP = fair.Limits{Total: 512, Each: 128, Settled: 15 * time.Second}

// open makes the listeners that cfg does not have yet.
func (c *Config) open() error {
	if c.HTTP == nil {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", c.Port))
		if err != nil {
			return inUse("listen", err)
		}
		c.HTTP = l
	}
	if c.Control == nil && c.ControlFD != 0 {
		f := os.NewFile(uintptr(c.ControlFD), "control")
		l, err := net.FileListener(f) // has a copy of its own
		f.Close()                     //nolint:errcheck // that copy counts
		if err != nil {
			return fmt.Errorf("%w: control socket: %w", ErrUsage, err)
		}
		c.Control = l
	}
	return nil
}

// inUse marks the error of a port that another process has.
func inUse(op string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s: %w: %w", op, ErrPortUsed, err)
	}
	return fmt.Errorf("%s: %w", op, err)
}

// run serves until the room is stopped, ctx ends or a server fails.
func (r *room) run(ctx context.Context, cfg Config, b *bus.Bus) error {
	pages := newServer(r.handler(cfg.Port, version()))
	servers := []*http.Server{pages}
	g, serving := errgroup.WithContext(ctx)
	g.Go(func() error { return served(pages.Serve(cfg.HTTP)) })
	if cfg.Control != nil {
		steering := newServer(r.controlHandler())
		servers = append(servers, steering)
		g.Go(func() error { return served(steering.Serve(cfg.Control)) })
	}
	announcing, stopAnnouncing := context.WithCancel(serving)
	if limit := cfg.Process.MemoryMax; limit != 0 {
		g.Go(func() error { return watchMemory(announcing, limit) })
	}
	g.Go(func() error {
		r.announce(announcing, b, cfg.Key, cfg.Control != nil)
		return nil
	})
	g.Go(func() error {
		r.renewGrants(announcing)
		return nil
	})
	g.Go(func() error {
		r.measure(announcing)
		return nil
	})
	e := endShutdown
	select {
	case e = <-r.stopping:
	case <-serving.Done(): // ctx ended, a server failed, or there is too little memory
	}
	r.log.Info("room ends", "reason", e.reason)
	stopAnnouncing()
	awaitConns(r.close(e), 2*closeWait)
	r.cancel()
	r.events.close()
	for _, s := range servers {
		shut(s)
	}
	return errors.Join(g.Wait(), r.media.Close())
}

func newServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 32 << 10}
}

// shut lets running requests finish, for a moment.
func shut(s *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), closeWait/2)
	defer cancel()
	if s.Shutdown(ctx) != nil {
		s.Close() //nolint:errcheck // nothing is left to do
	}
}

func served(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve: %w", err)
}

// version is that of the build, for the page to show.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
