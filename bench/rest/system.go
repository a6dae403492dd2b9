package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gotera/gotera/proto/bus"
)

// system is a PostgreSQL with the data, a Redis, and the server that is measured.
type system struct {
	dir          string
	pgPort       int
	redisPort    int
	httpPort     int
	postgres     *exec.Cmd
	redis        *exec.Cmd
	server       *exec.Cmd // the one that is measured, nil between
	bus          *bus.Bus
	tokenOfUsers map[string]string
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// start starts PostgreSQL and Redis with nothing in them.
func start(ctx context.Context) (*system, error) {
	dir, err := os.MkdirTemp("/tmp", "gotera-bench-")
	if err != nil {
		return nil, err
	}
	s := &system{dir: dir}
	for _, port := range []*int{&s.pgPort, &s.redisPort, &s.httpPort} {
		if *port, err = freePort(); err != nil {
			return s, err
		}
	}
	if err := s.startPostgres(ctx); err != nil {
		return s, fmt.Errorf("postgres: %w", err)
	}
	s.redis = child("redis-server", "--port", strconv.Itoa(s.redisPort), "--bind", "127.0.0.1", "--save", "", "--dir", dir)
	if err := s.redis.Start(); err != nil {
		return s, err
	}
	s.bus = bus.Open(bus.Config{Addr: "127.0.0.1:" + strconv.Itoa(s.redisPort)})
	return s, wait(ctx, 10*time.Second, func() error { return s.bus.Ping(ctx) })
}

// child is a process that ends with this one.
func child(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

func (s *system) startPostgres(ctx context.Context) error {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // Debian keeps it out of the path
	if err != nil || len(found) == 0 {
		return errors.Join(err, errors.New("initdb is not installed (Debian: postgresql)"))
	}
	slices.Sort(found)
	bin, data := filepath.Dir(found[len(found)-1]), filepath.Join(s.dir, "data")
	var cred *syscall.Credential
	if os.Geteuid() == 0 { // PostgreSQL refuses to run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			return err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		cred = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(s.dir, uid, gid); err != nil {
			return err
		}
	}
	initdb := child(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr.Credential = s.dir, cred
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	s.postgres = child(filepath.Join(bin, "postgres"), "-D", data, "-k", s.dir, "-p", strconv.Itoa(s.pgPort), "-c", "listen_addresses=127.0.0.1", "-c", "max_wal_size=4GB")
	s.postgres.Dir, s.postgres.SysProcAttr.Credential = s.dir, cred
	if err := s.postgres.Start(); err != nil {
		return err
	}
	return wait(ctx, 30*time.Second, func() error {
		conn, err := pgx.Connect(ctx, s.dsn("postgres"))
		if err != nil {
			return err
		}
		_, err = conn.Exec(ctx, "CREATE DATABASE opentera")
		return errors.Join(err, conn.Close(ctx))
	})
}

func (s *system) dsn(database string) string {
	return fmt.Sprintf("host=127.0.0.1 port=%d user=postgres dbname=%s", s.pgPort, database)
}

// configure writes the file that both servers read.
func (s *system) configure() (string, error) {
	raw, err := json.Marshal(map[string]any{
		"Server": map[string]any{
			"name": "bench", "hostname": "127.0.0.1", "port": s.httpPort, "use_ssl": false, "ssl_path": "", "site_certificate": "", "site_private_key": "",
			"ca_certificate": "", "ca_private_key": "", "upload_path": "uploads", "debug_mode": false, "enable_docs": false,
		},
		"Database": map[string]any{"db_type": "QPSQL", "name": "opentera", "url": "127.0.0.1", "port": s.pgPort, "username": "postgres", "password": "none"},
		"Redis":    map[string]any{"hostname": "127.0.0.1", "port": s.redisPort, "db": 0, "username": "", "password": ""},
	})
	if err != nil {
		return "", err
	}
	file := filepath.Join(s.dir, "core.json")
	return file, os.WriteFile(file, raw, 0o644)
}

// startCore runs gotera core and returns when it answers.
func (s *system) startCore(ctx context.Context, bin string) error {
	file, err := s.configure()
	if err != nil {
		return err
	}
	s.server = child(bin, "core", "--config", file)
	return s.startServer(ctx, 60*time.Second)
}

// startPython runs OpenTera's own server from its sources.
func (s *system) startPython(ctx context.Context, source, python string) error {
	file, err := s.configure()
	if err != nil {
		return err
	}
	s.server = child(python, "TeraServer.py")
	s.server.Dir = source
	s.server.Env = append(os.Environ(), "OPENTERA_CONFIG_PATH="+file, "PYTHONPATH="+source, "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1")
	return s.startServer(ctx, 90*time.Second)
}

func (s *system) startServer(ctx context.Context, most time.Duration) error {
	log, err := os.OpenFile(filepath.Join(s.dir, "server.log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	s.server.Stdout, s.server.Stderr = log, log
	if err := s.server.Start(); err != nil {
		return err
	}
	s.tokenOfUsers = map[string]string{}
	err = wait(ctx, most, func() error {
		res, err := http.Get(s.url("/api/user/login"))
		if err != nil {
			return err
		}
		return res.Body.Close()
	})
	if err != nil {
		text, _ := os.ReadFile(filepath.Join(s.dir, "server.log"))
		return fmt.Errorf("the server does not answer: %w\n%s", err, text[max(0, len(text)-4000):])
	}
	return nil
}

func (s *system) stopServer() {
	stopChild(s.server, os.Interrupt)
	s.server = nil
}

func stopChild(cmd *exec.Cmd, sig os.Signal) {
	if cmd == nil || cmd.Process == nil {
		return
	}
	_ = cmd.Process.Signal(sig)
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(15 * time.Second):
		_ = cmd.Process.Kill()
		<-done
	}
}

func (s *system) stop() {
	s.stopServer()
	if s.bus != nil {
		s.bus.Close()
	}
	stopChild(s.redis, os.Interrupt)
	stopChild(s.postgres, os.Interrupt)
	_ = os.RemoveAll(s.dir)
}

func (s *system) url(path string) string {
	return "http://127.0.0.1:" + strconv.Itoa(s.httpPort) + path
}

// token logs a user in, once.
func (s *system) token(ctx context.Context, name string) (string, error) {
	if t := s.tokenOfUsers[name]; t != "" {
		return t, nil
	}
	var answer struct {
		Token string `json:"user_token"`
	}
	err := s.get(ctx, "/api/user/login", func(r *http.Request) { r.SetBasicAuth(name, password) }, &answer)
	if err == nil && answer.Token == "" {
		err = errors.New("no token")
	}
	if err != nil {
		return "", fmt.Errorf("login of %s: %w", name, err)
	}
	s.tokenOfUsers[name] = answer.Token
	return answer.Token, nil
}

func (s *system) get(ctx context.Context, path string, auth func(*http.Request), into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url(path), nil)
	if err != nil {
		return err
	}
	auth(req)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s: %s", path, res.Status, strings.TrimSpace(string(raw)))
	}
	return json.Unmarshal(raw, into)
}

// wait calls f until it succeeds.
func wait(ctx context.Context, most time.Duration, f func() error) error {
	deadline := time.Now().Add(most)
	for {
		err := f()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
