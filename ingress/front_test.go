package ingress

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/porttest"
)

// front is the ingress or an nginx process with the same configuration.
type front struct {
	name string
	addr string
	ca   *x509.CertPool
	logs func() string
	cfg  Config
}

// onBoth runs test with the same upstreams behind the ingress and behind a real nginx.
func onBoth(t *testing.T, test func(t *testing.T, f *front, up *upstreams)) {
	for _, start := range []func(*testing.T, Config) *front{startIngress, startNginx} {
		up := startUpstreams(t)
		cfg, ca := certified(t, up.config())
		f := start(t, cfg)
		f.ca, f.cfg = ca, cfg
		t.Run(f.name, func(t *testing.T) { test(t, f, up) })
	}
}

// certified adds a certificate for 127.0.0.1 and a CA for client certificates.
func certified(t *testing.T, cfg Config) (Config, *x509.CertPool) {
	t.Helper()
	dir := t.TempDir()
	var err error
	if cfg.CertFile, cfg.KeyFile, err = LocalCertificate(dir, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	cfg.ClientCAFile = filepath.Join(dir, "ca_cert.pem")
	raw, err := os.ReadFile(cfg.ClientCAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(raw)
	return cfg, pool
}

// client speaks HTTP/1.1, or HTTP/2 where it can, trusts the local CA and follows no redirect.
func (f *front) client(t *testing.T, http2 bool, certs ...tls.Certificate) *http.Client {
	t.Helper()
	config := &tls.Config{RootCAs: f.ca}
	if len(certs) > 0 { // also one that the server does not ask for
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certs[0], nil }
	}
	tr := &http.Transport{
		TLSClientConfig:    config,
		ForceAttemptHTTP2:  http2,
		DisableCompression: true,
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{
		Transport:     tr,
		Timeout:       60 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (f *front) dial(t *testing.T) *tls.Conn {
	t.Helper()
	c, err := tls.Dial("tcp", f.addr, &tls.Config{RootCAs: f.ca, NextProtos: []string{"http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(60 * time.Second))
	return c
}

// logBuffer is a log that is read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func startIngress(t *testing.T, cfg Config) *front {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	log := &logBuffer{}
	cfg.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, cfg) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return &front{name: "ingress", addr: l.Addr().String(), logs: log.String}
}

// startNginx runs Debian's nginx on the site file alone, in a directory of its own.
func startNginx(t *testing.T, cfg Config) *front {
	t.Helper()
	dir := t.TempDir()
	cfg.Listen = freePort(t)
	site := strings.ReplaceAll(NginxConfig(cfg), "/var/log/nginx/", dir+"/")
	temp := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp += fmt.Sprintf("%s_temp_path %s/%s;\n", kind, dir, kind)
	}
	stderr := runNginx(t, dir, "", "http {\n"+temp+"include site.conf;\n}\n", site, cfg.Listen)
	logs := func() (all string) {
		for _, name := range []string{"gotera.access.log", "gotera.error.log", "start.log"} {
			raw, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Error(err)
			}
			all += string(raw)
		}
		return all + stderr.String()
	}
	return &front{name: "nginx", addr: cfg.Listen, logs: logs}
}

// runNginx runs nginx with modules and a context that includes site.conf, until the test ends, and returns its standard error. It waits until
// nginx listens on addr.
func runNginx(t *testing.T, dir, modules, context, site, addr string) *logBuffer {
	t.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			t.Fatalf("this test needs nginx: %v", err)
		}
	}
	main := "daemon off;\npid nginx.pid;\nworker_processes 1;\n"
	if os.Getuid() == 0 {
		main += "user root;\n"
	}
	for name, text := range map[string]string{"site.conf": site, "nginx.conf": main + modules + "events {}\n" + context} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stderr := &logBuffer{}
	cmd := exec.Command(path, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"), "-e", filepath.Join(dir, "start.log"))
	cmd.Stderr = stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { cmd.Wait(); close(exited) }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) // the fast shutdown
		<-exited
	})
	deadline := time.After(20 * time.Second)
	for {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			break
		}
		select {
		case <-exited:
			t.Fatalf("nginx does not start:\n%s", stderr.String())
		case <-deadline:
			t.Fatalf("nginx does not listen: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	return stderr
}

func freePort(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", porttest.Take(t, 1))
}
