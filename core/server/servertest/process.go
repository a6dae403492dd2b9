package servertest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server"
	"github.com/gotera/gotera/proto/bus/bustest"
)

// processEnv holds the configuration of a core that is a process of its own.
const processEnv = "SERVERTEST_CORE"

// Process is a core in a process of its own, for tests that kill it.
type Process struct {
	Server // only its URL, for requests
	cmd    *exec.Cmd
	killed bool
}

// Main runs the core when the test program was started by StartProcess; TestMain calls it first.
func Main() {
	raw := os.Getenv(processEnv)
	if raw == "" {
		return
	}
	var cfg server.Config
	if err := json.Unmarshal([]byte(raw), &cfg.Core); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cfg.Tests, cfg.BcryptCost = true, 4
	cfg.OnStarted = func(s server.Started) { fmt.Println("listens " + s.Addr) }
	if err := server.Run(ctx, cfg); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// StartProcess runs a core on db and redis as another process, which ends with the test.
func StartProcess(t testing.TB, db configs.Database, redis *bustest.Server) *Process {
	t.Helper()
	raw, err := json.Marshal(coreConfig(t, db, redis))
	if err != nil {
		t.Fatal(err)
	}
	p := &Process{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), processEnv+"="+string(raw))
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	p.cmd.Stderr = &log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill(t) })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if addr, ok := strings.CutPrefix(lines.Text(), "listens "); ok {
			p.URL = "http://" + addr
			return p
		}
	}
	p.Kill(t)
	t.Fatalf("the core's process does not start: %s", log.String())
	return nil
}

// Kill ends the process at once, in the middle of whatever it does.
func (p *Process) Kill(t testing.TB) {
	t.Helper()
	if p.killed {
		return
	}
	p.killed = true
	if err := p.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = p.cmd.Wait() // says that it was killed
}

// Try is Post for a server that may be gone: the error says so.
func (s *Server) Try(ctx context.Context, method, path string, v any, auth ...Auth) (status int, err error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, method, s.URL+path, bytes.NewReader(raw))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	for _, a := range auth {
		a(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// Postgres connects to the database beside the core.
func Postgres(t testing.TB, db configs.Database) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), "host="+db.URL+" user="+db.Username+" dbname="+db.Name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}
