package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/authority"
	"github.com/gotera/gotera/core/server"
	"github.com/gotera/gotera/ingress"
	"github.com/gotera/gotera/proto/bus"
)

// serveOptions are the flags of `gotera serve`.
type serveOptions struct {
	data, hostname, listen          string
	coreFile, rehabFile             string
	certFile, keyFile               string
	mediaIP, metrics                string
	redisPort, corePort             int
	rehabPort, roomPort, turnPort   int
	demo, rehab, keepRooms, verbose bool
}

// serve runs the whole system: embedded Redis (unless the core's file names a server), the core and the ingress in this
// process, the services as children that are started again when they end.
func serve(ctx context.Context, args []string) error {
	var o serveOptions
	fs := flags("serve")
	fs.StringVar(&o.data, "data", "data", "directory for the database, the certificates and the session records")
	fs.StringVar(&o.hostname, "hostname", "localhost", "host name or address that people's links and session URLs carry")
	fs.StringVar(&o.listen, "listen", ":40075", "address of the TLS ingress")
	fs.StringVar(&o.coreFile, "core-config", "", "the core's configuration file; embedded SQLite and Redis where it names none")
	fs.StringVar(&o.rehabFile, "rehab-config", "", "the VideoRehab service's configuration file")
	fs.StringVar(&o.certFile, "cert", "", "PEM certificate of the ingress (default: made by a local CA in the data directory)")
	fs.StringVar(&o.keyFile, "key", "", "PEM key of the ingress")
	fs.StringVar(&o.mediaIP, "media-ip", "", "address put in ICE candidates, or an IPv4 and an IPv6 one with a comma between (default: the addresses of this host)")
	fs.StringVar(&o.metrics, "metrics-listen", "", "address of the Prometheus endpoint, or off (default: from the configuration)")
	fs.IntVar(&o.redisPort, "redis-port", 40379, "port of the embedded Redis on 127.0.0.1, for services that join")
	fs.IntVar(&o.corePort, "core-port", 0, "port of the core on 127.0.0.1 (default: from its configuration)")
	fs.IntVar(&o.rehabPort, "rehab-port", 0, "port of the VideoRehab service on 127.0.0.1 (default: from its configuration)")
	fs.IntVar(&o.roomPort, "room-port", 0, "first HTTP port of the rooms; media uses this + 10000 (default: from the configuration)")
	fs.IntVar(&o.turnPort, "turn-port", -1, "UDP and TCP port of the TURN server; 0: none, TURN comes by the ingress alone (default: from the configuration)")
	fs.BoolVar(&o.demo, "demo", false, "seed demonstration accounts and print their links")
	fs.BoolVar(&o.rehab, "rehab", true, "run the VideoRehab service (false: another one joins)")
	fs.BoolVar(&o.keepRooms, "keep-rooms", false, "leave running sessions alive when this program is told to stop")
	fs.BoolVar(&o.verbose, "verbose", false, "log negotiations too")
	if err := parse(fs, args); err != nil {
		return err
	}
	o.hostname = urlHost(o.hostname)
	log := logger(o.verbose)
	coreCfg, rehabCfg, err := o.configs()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	unlock, err := lockFile(filepath.Join(o.data, "serve.lock"))
	if err != nil {
		return fmt.Errorf("data directory %s: %w", o.data, err)
	}
	defer unlock()
	if o.embedsRedis(&coreCfg.Redis) {
		redis, err := o.embeddedRedis(&coreCfg)
		if err != nil {
			return err
		}
		defer redis.Close()
	}
	rehabCfg.Redis = coreCfg.Redis
	return o.run(ctx, log, coreCfg, rehabCfg)
}

// urlHost is host as it is written in a URL: an IPv6 address in brackets (RFC 3986, section 3.2.2).
func urlHost(host string) string {
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() {
		return "[" + host + "]"
	}
	return host
}

// configs loads both files. What they say wins over what follows from --data, --hostname and --listen; the port flags win
// over the files.
func (o *serveOptions) configs() (configs.Core, configs.Rehab, error) {
	_, portText, err := net.SplitHostPort(o.listen)
	if err != nil {
		return configs.Core{}, configs.Rehab{}, exitError{exitUsage, fmt.Errorf("--listen: %w", err)}
	}
	external, err := strconv.Atoi(portText)
	if err != nil || external < 1 || external > 65535 {
		return configs.Core{}, configs.Rehab{}, exitError{exitUsage, fmt.Errorf("--listen: %q is not a port", portText)}
	}
	c, err := configs.LoadCore(o.coreFile, func(c *configs.Core) {
		c.Server.Hostname = o.hostname
		c.Server.SSLPath = filepath.Join(o.data, "tls")
		c.Database.Name = filepath.Join(o.data, "opentera.db")
		c.Redis.Hostname = unnamed
	})
	if err != nil {
		return c, configs.Rehab{}, err
	}
	r, err := configs.LoadRehab(o.rehabFile, func(r *configs.Rehab) {
		r.WebRTC.Hostname, r.WebRTC.ExternalPort = o.hostname, external
		r.WebRTC.MediaPublicIP = o.mediaIP
		r.WebRTC.StateDirectory = filepath.Join(o.data, "rehab")
		r.WebRTC.TURNOnExternalPort, r.WebRTC.TURNTLSPort = true, 0 // who cannot reach the ingress has no page either
	})
	if err != nil {
		return c, r, err
	}
	if o.corePort != 0 {
		c.Server.Port = o.corePort
	}
	if o.rehabPort != 0 {
		r.Service.Port = o.rehabPort
	}
	if o.roomPort != 0 {
		r.WebRTC.LocalBasePort, r.WebRTC.MediaBasePort = o.roomPort, o.roomPort+10000
	}
	if o.turnPort >= 0 {
		r.WebRTC.TURNPort = o.turnPort
	}
	if err := metricsListen(&r, o.metrics); err != nil {
		return c, r, err
	}
	r.Backend = configs.Backend{Hostname: "127.0.0.1", Port: c.Server.Port, Scheme: "http"}
	return c, r, nil
}

// unnamed is the host of Redis until the core's file names one.
const unnamed = "(embedded)"

// embedsRedis reports whether the core's file says nothing about Redis; one that says something without a host means this
// machine's.
func (o *serveOptions) embedsRedis(r *configs.Redis) bool {
	defaults, err := configs.LoadCore("")
	if r.Hostname != unnamed {
		return false
	}
	r.Hostname = defaults.Redis.Hostname
	return err == nil && *r == defaults.Redis
}

// embeddedRedis starts the in-process Redis with a password that is kept in the data directory, and points c at it.
func (o *serveOptions) embeddedRedis(c *configs.Core) (*bus.Embedded, error) {
	password, err := secretFile(filepath.Join(o.data, "redis.password"))
	if err != nil {
		return nil, err
	}
	redis, err := bus.StartEmbedded(fmt.Sprintf("127.0.0.1:%d", o.redisPort), password)
	if err != nil {
		return nil, fmt.Errorf("embedded Redis: %w (another gotera, or choose --redis-port)", err)
	}
	c.Redis = configs.Redis{Hostname: "127.0.0.1", Port: o.redisPort, Password: password}
	return redis, nil
}

// run starts every part and ends when one of this process ends or ctx does.
func (o *serveOptions) run(ctx context.Context, log *slog.Logger, c configs.Core, r configs.Rehab) error {
	cert, key := o.certFile, o.keyFile
	if cert == "" {
		var err error
		if cert, key, err = ingress.LocalCertificate(filepath.Join(o.data, "tls"), o.hostname, "localhost", "127.0.0.1", "::1"); err != nil {
			return fmt.Errorf("local certificate: %w", err)
		}
	}
	devices := authority.Configured(c.Server, log)
	if err := devices.Open(); err != nil {
		return err
	}
	if r.WebRTC.TURNCertificate == "" {
		r.WebRTC.TURNCertificate, r.WebRTC.TURNPrivateKey = cert, key
	}
	rehabFile, err := o.writeChildConfig("rehab.json", r)
	if err != nil {
		return err
	}
	rehabArgs := []string{"rehab", "--config", rehabFile}
	if !o.keepRooms {
		rehabArgs = append(rehabArgs, "--stop-rooms")
	}
	if o.verbose {
		rehabArgs = append(rehabArgs, "--verbose")
	}
	// The services end before the core, Redis and the ingress: what they have to say last still arrives.
	g, running := errgroup.WithContext(ctx)
	parts, stopParts := context.WithCancel(context.WithoutCancel(ctx))
	defer stopParts()
	ready := make(chan server.Started, 1)
	g.Go(func() error {
		return server.Run(parts, server.Config{
			Core:         c,
			Demo:         o.demo,
			ServicePorts: map[string]int{r.Service.Name: r.Service.Port},
			Log:          log.With("program", "core"),
			OnStarted:    func(s server.Started) { ready <- s },
		})
	})
	g.Go(func() error {
		return ingress.Run(parts, ingress.Config{
			Listen: o.listen, CertFile: cert, KeyFile: key, ClientCAFile: devices.CertFile(),
			Core:     fmt.Sprintf("127.0.0.1:%d", c.Server.Port),
			TURN:     r.WebRTC.TURNSocketPath(),
			Rehab:    fmt.Sprintf("127.0.0.1:%d", r.Service.Port),
			BasePort: r.WebRTC.LocalBasePort, MaxSessions: r.WebRTC.MaxSessions,
			ExternalHost: o.hostname, ExternalPort: r.WebRTC.ExternalPort,
			Log: log.With("program", "ingress"),
		})
	})
	g.Go(func() error {
		defer stopParts()
		select {
		case s := <-ready:
			o.greet(os.Stdout, r.WebRTC.ExternalPort, s)
		case <-running.Done():
			return running.Err()
		}
		if !o.rehab {
			<-running.Done()
			return running.Err()
		}
		return child{args: rehabArgs}.keepRunning(running, log.With("program", "rehab"))
	})
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// writeChildConfig writes a child's whole configuration, secrets included, for that child alone to read.
func (o *serveOptions) writeChildConfig(name string, v any) (string, error) {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return "", err
	}
	path := filepath.Join(o.data, name)
	return path, writeSecret(path, raw)
}
