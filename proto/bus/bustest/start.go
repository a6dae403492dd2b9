package bustest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"syscall"
	"testing"

	"github.com/gotera/gotera/proto/bus"
)

// StartEmbedded starts an embedded Redis.
func StartEmbedded(t testing.TB) *Server {
	t.Helper()
	return newServer(t, func(addr string) (func(), error) {
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
	return newServer(t, func(addr string) (func(), error) {
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

// freeAddr returns a loopback address that was free a moment ago: a redis-server takes no listener from its parent. It is
// below Linux's range of ephemeral ports, so that no outgoing connection takes it while a test has the server stopped.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", 24000+rand.IntN(8000))
		if l, err := net.Listen("tcp", addr); err == nil {
			l.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}
