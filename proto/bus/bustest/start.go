package bustest

import (
	"fmt"
	"net"
	"os/exec"
	"syscall"
	"testing"

	"github.com/gotera/gotera/proto/bus"
)

// StartEmbedded starts an embedded Redis.
func StartEmbedded(t testing.TB) *Server {
	t.Helper()
	return newServer(t, freeAddr(t), func(addr string) (func(), error) {
		e, err := bus.StartEmbedded(addr, Password)
		if err != nil {
			return nil, err
		}
		return e.Close, nil
	})
}

// StartRedis starts a redis-server process, which Debian's package of that name provides.
func StartRedis(t testing.TB) *Server {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatalf("this test needs redis-server: %v", err)
	}
	dir := t.TempDir()
	return newServer(t, freeAddr(t), func(addr string) (func(), error) {
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		cmd := exec.Command(path, "--bind", host, "--port", port, "--requirepass", Password,
			"--save", "", "--appendonly", "no", "--dir", dir, "--daemonize", "no")
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			return nil, fmt.Errorf("redis-server: %w", err)
		}
		return func() { cmd.Process.Kill(); cmd.Wait() }, nil
	})
}

// freeAddr returns a loopback address that was free a moment ago: a redis-server takes no listener from its parent.
func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
