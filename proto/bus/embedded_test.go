package bus_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/bus/bustest"
)

func TestEmbeddedListensOnLoopbackOnly(t *testing.T) {
	for _, addr := range []string{":0", "0.0.0.0:0", "192.0.2.1:0", "example.org:0", "nonsense"} {
		if e, err := bus.StartEmbedded(addr, "x"); err == nil {
			e.Close()
			t.Errorf("StartEmbedded(%s) is fine", addr)
		}
	}
	e, err := bus.StartEmbedded("127.0.0.1:0", "x")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := bus.StartEmbedded(e.Addr(), "x"); err == nil {
		t.Error("a second one on the same port is fine")
	}
}

// TestPlainClient drives both servers with go-redis's defaults (RESP3), as a service of somebody else would.
func TestPlainClient(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		ctx := within(t)
		if err := redis.NewClient(&redis.Options{Addr: s.Addr}).Get(ctx, "k").Err(); err == nil || !strings.Contains(err.Error(), "NOAUTH") {
			t.Errorf("without a password: got %v, want NOAUTH", err)
		}
		c := redis.NewClient(&redis.Options{Addr: s.Addr, Username: "default", Password: bustest.Password, ClientName: "plain"})
		defer c.Close()
		ps := c.PSubscribe(ctx, "a*")
		defer ps.Close()
		if _, err := ps.Receive(ctx); err != nil {
			t.Fatal(err)
		}
		if err := s.Open(t).Publish(ctx, "ab", []byte("x")); err != nil {
			t.Fatal(err)
		}
		if m, err := ps.ReceiveMessage(ctx); err != nil || m.Channel != "ab" || m.Payload != "x" {
			t.Errorf("got %v, %v, want x on ab", m, err)
		}
		c.RPush(ctx, "l", "1", "2")
		if got := c.LPop(ctx, "l").Val(); got != "1" {
			t.Errorf("LPOP: got %q, want 1", got)
		}
		c.SAdd(ctx, "s", "1")
		c.HSet(ctx, "h", "f", "v")
		c.Set(ctx, "k", "v", 50*time.Millisecond)
		for c.Get(ctx, "k").Err() != redis.Nil {
			if ctx.Err() != nil {
				t.Fatal("the key does not expire")
			}
		}
		if err := c.FlushDB(ctx).Err(); err != nil {
			t.Fatal(err)
		}
		if n := c.DBSize(ctx).Val(); n != 0 {
			t.Errorf("%d keys after FLUSHDB, want 0", n)
		}
	})
}

func TestRedisCLI(t *testing.T) {
	s := bustest.StartEmbedded(t)
	host, port, _ := net.SplitHostPort(s.Addr)
	cmd := exec.CommandContext(within(t), "redis-cli", "-h", host, "-p", port, "--no-auth-warning", "-a", bustest.Password)
	cmd.Stdin = strings.NewReader("SET k v EX 100\nGET k\nTTL k\nSADD s a\nSMEMBERS s\nRPUSH l 1 2\nLRANGE l 0 -1\nPUBLISH t x\nFLUSHDB\nDBSIZE\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("redis-cli (Debian's redis-tools): %v\n%s", err, out)
	}
	if got, want := strings.Join(strings.Fields(string(out)), " "), "OK v 100 1 a 2 1 2 0 OK 0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestEmbeddedOutlivesAStalledSubscriber: a process that is stopped while subscribed must not stop the others.
func TestEmbeddedOutlivesAStalledSubscriber(t *testing.T) {
	s := bustest.StartEmbedded(t)
	conn, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "*2\r\n$4\r\nAUTH\r\n$%d\r\n%s\r\n*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\na\r\n", len(bustest.Password), bustest.Password)
	r := bufio.NewReader(conn)
	for range 2 { // +OK, then the confirmation's first line; nothing is read from here on
		if _, err := r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	b := s.Open(t)
	c, _ := collect(t, b, "a")
	payload := make([]byte, 1<<20)
	for range 64 { // more than the sockets and maxUnsent hold
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if err := b.Publish(ctx, "a", payload); err != nil {
			t.Fatalf("publish beside a stalled subscriber: %v", err)
		}
		cancel()
		next(t, c)
	}
}
