package ingress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotera/gotera/configs/pemfile"
	"github.com/gotera/gotera/proto/fair"
)

const (
	shutdownGrace = 2 * time.Second  // for requests that are running when the ingress is told to stop
	headerTimeout = 10 * time.Second // to send a request's header
	idleTimeout   = 65 * time.Second // between two requests
)

// conns are the connections at once: a clinic behind one address has many, and those that last are calls.
var conns = fair.Limits{Total: 8192, Each: 2048, Settled: 2 * time.Minute}

// Run serves cfg until ctx ends; it then lets running requests finish, briefly, and closes every connection. It returns
// nil when ctx ended, else why it could not serve.
func Run(ctx context.Context, cfg Config) error {
	lc := net.ListenConfig{Control: userTimeout}
	l, err := lc.Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("ingress: %w", err)
	}
	return Serve(ctx, l, cfg)
}

// userTimeout has the kernel give up on a client that acknowledges nothing (RFC 5482): a websocket to a phone that is out
// of reach would otherwise live for another quarter of an hour. Accepted connections inherit it.
func userTimeout(_, _ string, c syscall.RawConn) error {
	var err error
	if cerr := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(clientTimeout.Milliseconds()))
	}); cerr != nil {
		return cerr
	}
	return err
}

// Serve is Run on a listener, which it closes.
func Serve(ctx context.Context, l net.Listener, cfg Config) error {
	defer l.Close()
	cfg, err := cfg.check()
	if err != nil {
		return fmt.Errorf("ingress: %w", err)
	}
	tlsConfig, err := cfg.tlsConfig()
	if err != nil {
		return fmt.Errorf("ingress: %w", err)
	}
	base, cancel := context.WithCancel(context.WithoutCancel(ctx)) // of websockets, which Shutdown does not know
	defer cancel()
	srv := &http.Server{
		Handler:           withState(newProxy(cfg)),
		ConnContext:       connContext,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // a line per failed handshake
	}
	done := make(chan struct{})
	stopped := context.AfterFunc(ctx, func() {
		defer close(done)
		grace, end := context.WithTimeout(context.Background(), shutdownGrace)
		defer end()
		if srv.Shutdown(grace) != nil {
			srv.Close()
		}
		cancel()
	})
	srv.TLSConfig = tlsConfig
	srv.TLSConfig.NextProtos = protocols // has Serve speak HTTP/2
	cfg.Log.Info("ingress listens", "addr", l.Addr().String())
	accepted := listenHandshakes(base, plainListener{fair.New(l, conns), cfg.ExternalPort}, tlsConfig, cfg.TURN, cfg.Log)
	defer accepted.wait()
	defer cancel()
	err = srv.Serve(accepted)
	if !stopped() {
		<-done
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("ingress: %w", err)
}

// tlsConfig is cfg.TLS, or made of the files.
func (c Config) tlsConfig() (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.TLS != nil {
		t = c.TLS.Clone()
	} else {
		pair, err := pemfile.OpenPair(c.CertFile, c.KeyFile, c.Log)
		if err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		t.GetCertificate = pair.Get
	}
	if c.ClientCAFile == "" {
		return t, nil
	}
	raw, err := os.ReadFile(c.ClientCAFile)
	if err != nil {
		return nil, fmt.Errorf("client CA: %w", err)
	}
	t.ClientCAs, t.ClientAuth = x509.NewCertPool(), tls.VerifyClientCertIfGiven
	if !t.ClientCAs.AppendCertsFromPEM(raw) {
		return nil, fmt.Errorf("client CA: no certificate in %s", c.ClientCAFile)
	}
	return t, nil
}
