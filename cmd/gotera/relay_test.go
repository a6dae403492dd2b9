package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gotera/gotera/ingress"
	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/porttest"
	"github.com/gotera/gotera/proto/testlog"
	"github.com/gotera/gotera/proto/turncred"
	turnserver "github.com/gotera/gotera/rehab/turn"
)

// TestMain makes the test program gotera itself when it is started as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "room" || os.Args[1] == "turn") {
		main()
	}
	os.Exit(m.Run())
}

const relayPatience = 30 * time.Second

// Media goes both ways between two peers that can only use TURN, by each way in, through a room process that knows nothing of
// where they are; those of IPv6 alone, too. None of it needs the address that the relay is said to have: nobody has it.
func TestMediaByRelay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key, err := ingress.LocalCertificate(dir, "localhost", "127.0.0.1", "::1")
	if err != nil {
		t.Fatal(err)
	}
	secret := turncred.NewSecret()
	ways := []string{"udp", "tcp", "tls", "ingress", "udp6", "tcp6", "tls6"}
	media := porttest.Take(t, len(ways))
	ports := []int{porttest.Take(t, 1), porttest.Take(t, 1)}
	cfg := turnserver.Config{
		Port: ports[0], TLSPort: ports[1], CertFile: cert, KeyFile: key,
		Socket: filepath.Join(dir, "turn.sock"), Status: filepath.Join(dir, "status.sock"),
		FirstPort: media, LastPort: media + len(ways) - 1, MaxAllocations: 100,
		PublicIPs: []netip.Addr{netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("2001:db8::7")},
	}
	start(t, []string{fmt.Sprintf("%s=%x", turnserver.EnvSecret, secret)}, append([]string{"turn"}, cfg.Flags()...)...)
	turn := turnserver.NewClient(cfg.Status)
	until(t, "TURN server", func() error {
		st, err := turn.Status(t.Context())
		if err == nil && len(st.Open) < 5 {
			err = fmt.Errorf("open: %v", st.Open)
		}
		return err
	})
	external := startIngress(t, ingress.Config{Core: "127.0.0.1:1", CertFile: cert, KeyFile: key, TURN: cfg.Socket})
	urls := map[string]string{
		"udp":     fmt.Sprintf("turn:127.0.0.1:%d?transport=udp", ports[0]),
		"tcp":     fmt.Sprintf("turn:127.0.0.1:%d?transport=tcp", ports[0]),
		"tls":     fmt.Sprintf("turns:127.0.0.1:%d?transport=tcp", ports[1]),
		"ingress": fmt.Sprintf("turns:127.0.0.1:%d?transport=tcp", external),
		"udp6":    fmt.Sprintf("turn:[::1]:%d?transport=udp", ports[0]),
		"tcp6":    fmt.Sprintf("turn:[::1]:%d?transport=tcp", ports[0]),
		"tls6":    fmt.Sprintf("turns:[::1]:%d?transport=tcp", ports[1]),
	}
	each := func(t *testing.T, i int, way string) {
		port, shared := porttest.Take(t, 1), uuid.NewString()
		start(t, []string{
			control.EnvRoomKey + "=" + shared, fmt.Sprintf("%s=%x", control.EnvTURNKey, turncred.RoomKey(secret, media+i)),
		}, "room", fmt.Sprintf("--port=%d", port), fmt.Sprintf("--media_port=%d", media+i), "--redis_port=1",
			"--external_host=clinic.example", "--media_public_ip=203.0.113.7,2001:db8::7", "--turn_urls="+urls[way])
		room := fmt.Sprintf("http://127.0.0.1:%d/users?key=%s", port, shared)
		answers(t, room)
		began := time.Now()
		a, b := joinRelayed(t, room), joinRelayed(t, room)
		for name, p := range map[string]*peer.Peer{"first": a, "second": b} {
			until(t, "media of the "+name, func() error {
				for _, s := range p.Stats() {
					if s.Live && s.Kind == "video" && s.Frames > 20 {
						return nil
					}
				}
				return fmt.Errorf("%s: %+v", way, p.Stats())
			})
		}
		t.Logf("20 frames both ways after %v", time.Since(began).Round(time.Millisecond))
	}
	t.Run("by", func(t *testing.T) {
		for i, way := range ways {
			t.Run(way, func(t *testing.T) {
				t.Parallel()
				each(t, i, way)
			})
		}
	})
	if st, err := turn.Status(t.Context()); err != nil || st.Refused["data"] != 0 || st.Made < uint64(2*len(ways)) || st.BytesIn == 0 || st.BytesOut == 0 {
		t.Errorf("%+v, %v: something of the calls was refused, or not relayed", st, err)
	}
}

// answers waits until a room does.
func answers(t *testing.T, room string) {
	t.Helper()
	until(t, "room", func() error {
		res, err := http.Get(room)
		if err == nil {
			res.Body.Close()
		}
		return err
	})
}

func joinRelayed(t *testing.T, room string) *peer.Peer {
	t.Helper()
	p, err := peer.Join(t.Context(), room, peer.Options{
		RelayOnly: true, Insecure: true, Log: testlog.New(t, slog.LevelWarn),
		Tracks: []peer.Track{{Source: "camera", Media: peer.NewPattern("relay")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// start runs this program with args; it ends with the test.
func start(t *testing.T, env []string, args ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), env...)
	log := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		timer := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		timer.Stop()
		if t.Failed() {
			t.Logf("%s:\n%s", args[0], log)
		}
	})
}

// startIngress returns the port of an ingress.
func startIngress(t *testing.T, cfg ingress.Config) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Listen, cfg.Log = l.Addr().String(), slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- ingress.Serve(ctx, l, cfg) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().(*net.TCPAddr).Port
}

func until(t *testing.T, what string, f func() error) {
	t.Helper()
	for end := time.Now().Add(relayPatience); ; time.Sleep(20 * time.Millisecond) {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waiting for %s: %v", what, err)
		}
	}
}
