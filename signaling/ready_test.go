package signaling

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gotera/gotera/proto/control"
)

// newRedis starts a redis-server for this test alone, on a unix socket.
func newRedis(t *testing.T) (client *redis.Client, socket string) {
	t.Helper()
	socket = filepath.Join(shortTempDir(t), "s")
	cmd := exec.Command("redis-server", "--port", "0", "--unixsocket", socket, "--save", "")
	if err := cmd.Start(); err != nil {
		t.Fatalf("this test needs redis-server: %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() //nolint:errcheck // it may have ended
		cmd.Wait()         //nolint:errcheck // killed
	})
	client = redis.NewClient(&redis.Options{Network: "unix", Addr: socket})
	t.Cleanup(func() { client.Close() })
	waitFor(t, "redis", func() error { return client.Ping(t.Context()).Err() })
	return client, socket
}

// listenAt forwards TCP connections at addr to a unix socket until the test ends.
func listenAt(t *testing.T, addr, socket string) {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("unix", socket)
			if err != nil {
				in.Close() //nolint:errcheck // the server is gone
				continue
			}
			go func() { io.Copy(in, out); in.Close() }()  //nolint:errcheck // ends with the room
			go func() { io.Copy(out, in); out.Close() }() //nolint:errcheck // ends with the room
		}
	}()
}

// TestReadyWaitsForRedisAndIsPublishedOnce starts the room without a Redis. It takes peers all the same.
func TestReadyWaitsForRedisAndIsPublishedOnce(t *testing.T) {
	addr := closedPort(t)
	r := startRoom(t, func(c *Config) { c.RedisAddr = addr })
	r.connect(clinician).join()

	client, socket := newRedis(t)
	sub := client.PSubscribe(t.Context(), "webrtc.*")
	if _, err := sub.Receive(t.Context()); err != nil { // subscribed
		t.Fatal(err)
	}
	messages := sub.Channel()
	listenAt(t, addr, socket)
	m := await(t, messages, "Ready!", func(*redis.Message) bool { return true })
	if m.Channel != "webrtc."+sharedKey || m.Payload != "Ready!" {
		t.Errorf("got %q on %q", m.Payload, m.Channel)
	}
	r.cancel()
	r.waitEnded()
	client.Publish(t.Context(), "webrtc.end", "") // comes after whatever the room published
	if m := await(t, messages, "the mark", func(*redis.Message) bool { return true }); m.Channel != "webrtc.end" {
		t.Errorf("published again: %q on %q", m.Payload, m.Channel)
	}
}

// TestReadyWithoutControl is a room launched by a Python service: nobody tells it the session.
func TestReadyWithoutControl(t *testing.T) {
	client, socket := newRedis(t)
	addr := closedPort(t)
	listenAt(t, addr, socket)
	sub := client.Subscribe(t.Context(), "webrtc."+sharedKey)
	if _, err := sub.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(closedPort(t))
	_, redisPort, _ := net.SplitHostPort(addr)
	_, media := freePorts(t)
	p := startPlain(t, "--port="+port, "--key="+sharedKey, "--debug=1", "--redis_hostname=127.0.0.1", "--redis_port="+redisPort,
		"--redis_db=0", "--redis_username=", "--redis_password=", "--media_port="+media)
	m := await(t, sub.Channel(), "Ready!", func(*redis.Message) bool { return true })
	if m.Payload != "Ready!" {
		t.Errorf("got %q", m.Payload)
	}
	// At that moment it takes peers, with the shared key only.
	r := &testRoom{t: t, addr: "127.0.0.1:" + port, secret: control.NewSecret()}
	c, status := r.dialRaw("/participants?key=" + sharedKey)
	if c == nil {
		t.Fatalf("status %d", status)
	}
	go c.read()
	if j := c.joinWith(joinAs("Ana", "u")); j.Self.Name != "Ana" || j.Session.UUID != "" {
		t.Errorf("got %+v", j)
	}
	if status := r.get("/participants?key=" + r.key(patient)); status != 403 {
		t.Errorf("an invitee key of nowhere answers %d", status)
	}
	p.cmd.Process.Kill() //nolint:errcheck // upstream stops its rooms like this
	<-p.ended
}

func TestReadyComesAfterTheSession(t *testing.T) {
	r := startRoom(t)
	events := r.events()
	first := await(t, events, "state", func(control.Event) bool { return true })
	if !first.Ready {
		await(t, events, "ready", func(e control.Event) bool { return e.Type == control.EventReady })
	}
	waitFor(t, "state to say ready", func() error {
		s, err := r.control.Events(t.Context())
		if err != nil {
			return err
		}
		defer s.Close() //nolint:errcheck // read enough
		if e, err := s.Next(); err != nil || !e.Ready {
			return fmt.Errorf("%+v, %v", e, err)
		}
		return nil
	})
}
