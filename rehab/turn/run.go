package turn

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/pion/turn/v5"
	"golang.org/x/sys/unix"

	"github.com/gotera/gotera/configs/pemfile"
	"github.com/gotera/gotera/proto/handover"
)

var stderr = os.Stderr

// opener opens a front; what it returns ends it.
type opener struct {
	name string // in the status
	open func() (*turn.Server, error)
}

// Run serves until ctx ends, or until it is told to stop on the status socket. A port that is in use, and a certificate that
// cannot be read, are tried again; what else is configured is served meanwhile.
func Run(ctx context.Context, cfg Config) error {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return err
	}
	if cfg.LockFD != 0 {
		lock := os.NewFile(uintptr(cfg.LockFD), "lock")
		defer lock.Close() //nolint:errcheck // the kernel frees it
		if err := lock.Truncate(0); err == nil {
			lock.WriteAt(fmt.Appendln(nil, os.Getpid()), 0) //nolint:errcheck // for who has to kill it
		}
	}
	raiseFiles(uint64(3*cfg.MaxAllocations + 256))
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s := newServer(cfg)
	fronts := s.fronts()
	for _, o := range fronts {
		s.opening[o.name] = true
	}
	if cfg.Status != "" {
		l, err := handover.Listen(cfg.Status, 0o600)
		if err != nil {
			return fmt.Errorf("status socket: %w", err)
		}
		defer s.serveStatus(l, stop)()
	}
	var running sync.WaitGroup
	for _, o := range fronts {
		running.Go(func() { s.keepOpen(ctx, o) })
	}
	running.Go(func() { s.sweep(ctx) })
	running.Go(func() { s.counts.report(ctx, cfg.Log, logEvery) })
	running.Wait()
	return nil
}

// keepOpen opens a front, again and again until it can, and closes it when ctx ends.
func (s *Server) keepOpen(ctx context.Context, o opener) {
	for told := ""; ; {
		server, err := o.open()
		if err == nil {
			s.setOpen(o.name)
			s.cfg.Log.Info("TURN listens", "front", o.name)
			<-ctx.Done()
			server.Close() //nolint:errcheck // nothing is left to do
			return
		}
		if text := err.Error(); text != told {
			s.cfg.Log.Error("TURN does not listen yet", "front", o.name, "err", err)
			s.setClosed(o.name, text)
			told = text
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(s.cfg.limits.retry):
		}
	}
}

func (s *Server) setOpen(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[name] = true
	delete(s.closed, name)
	delete(s.opening, name)
}

// setClosed notes why a front does not listen.
func (s *Server) setClosed(name, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed[name] = why
	delete(s.opening, name)
}

// Names of fronts.
const (
	FrontUDP4   = "udp4"
	FrontUDP6   = "udp6"
	FrontTCP    = "tcp"
	FrontTLS    = "tls"
	FrontSocket = "socket"
)

// fronts are those that are configured.
func (s *Server) fronts() (list []opener) {
	c := s.cfg
	at := func(port int) string { return net.JoinHostPort(c.host, strconv.Itoa(port)) }
	if c.Port != 0 {
		for _, network := range []string{FrontUDP4, FrontUDP6} {
			if c.host != "" && (net.ParseIP(c.host).To4() != nil) != (network == FrontUDP4) {
				continue
			}
			list = append(list, opener{network, func() (*turn.Server, error) { return s.packetServer(network, at(c.Port)) }})
		}
		list = append(list, opener{FrontTCP, func() (*turn.Server, error) {
			l, err := net.Listen("tcp", at(c.Port))
			return s.streamServer(&streams{Listener: l}, err)
		}})
	}
	if c.TLSPort != 0 {
		list = append(list, opener{FrontTLS, func() (*turn.Server, error) {
			pair, err := pemfile.OpenPair(c.CertFile, c.KeyFile, c.Log)
			if err != nil {
				return nil, fmt.Errorf("certificate: %w", err)
			}
			encrypted := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.Get}
			l, err := net.Listen("tcp", at(c.TLSPort))
			return s.streamServer(&streams{Listener: l, tls: encrypted}, err)
		}})
	}
	if c.Socket != "" {
		list = append(list, opener{FrontSocket, func() (*turn.Server, error) {
			l, err := handover.Listen(c.Socket, 0o660) // who may reach it is the directory's business
			return s.streamServer(&streams{Listener: l, handover: true}, err)
		}})
	}
	return list
}

func (s *Server) packetServer(network, address string) (*turn.Server, error) {
	f := newFront(s)
	conn, err := listenPackets(f, network, address)
	if err != nil {
		return nil, err
	}
	cfg := f.config()
	cfg.PacketConnConfigs = []turn.PacketConnConfig{{PacketConn: conn, RelayAddressGenerator: f, PermissionHandler: f.permit}}
	return turn.NewServer(cfg)
}

// streamServer serves l, unless there is an error already.
func (s *Server) streamServer(l *streams, err error) (*turn.Server, error) {
	if err != nil {
		return nil, err
	}
	l.front = newFront(s)
	l.conns = map[netip.AddrPort]*stream{}
	cfg := l.front.config()
	cfg.ListenerConfigs = []turn.ListenerConfig{{Listener: l, RelayAddressGenerator: l.front, PermissionHandler: l.front.permit}}
	return turn.NewServer(cfg)
}

// raiseFiles allows n descriptors, as far as the system does.
func raiseFiles(n uint64) {
	var now unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &now) == nil && now.Cur < n {
		_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: min(n, now.Max), Max: now.Max})
	}
}
