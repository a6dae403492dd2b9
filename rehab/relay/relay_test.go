package relay

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	pionturn "github.com/pion/turn/v5"
	"golang.org/x/sys/unix"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/proto/porttest"
	"github.com/gotera/gotera/proto/turncred"
	"github.com/gotera/gotera/rehab/turn"
)

// TestMain makes the test program a TURN server, or a rehab that watches one, when it is started as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "turn" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		cfg, err := turn.ParseFlags(os.Args[2:], os.Getenv)
		if err == nil {
			err = turn.Run(ctx, cfg)
		}
		stop()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) > 3 && os.Args[1] == "watch" {
		port := 0
		fmt.Sscan(os.Args[3], &port)
		if _, err := Start(config(os.Args[2], port)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		select {}
	}
	os.Exit(m.Run())
}

// config has the media ports behind the TURN server's.
func config(dir string, port int) Config {
	w := configs.WebRTC{Hostname: "turn.example", ExternalPort: 443, MediaBasePort: port + 1, MediaPublicIP: publicIP, MaxSessions: 3, StateDirectory: dir}
	w.TURN = configs.TURN{TURNPort: port, TURNMaxAllocations: 10, TURNOnExternalPort: true}
	return Config{Dir: dir, Program: []string{os.Args[0], "turn"}, WebRTC: w, Log: slog.New(slog.DiscardHandler)}
}

const publicIP = "203.0.113.7"

const patience = 15 * time.Second

// await waits for a status that another process than not has given.
func await(t *testing.T, c *turn.Client, not int) turn.Status {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		st, err := c.Status(t.Context())
		if err == nil && st.PID != not && len(st.Open) == 4 {
			return st
		}
		if time.Now().After(end) {
			t.Fatalf("no TURN server: %+v, %v", st, err)
		}
	}
}

// The server is started again when it dies, found again by the next rehab, and ended only when it is asked for.
func TestServerOutlivesRehab(t *testing.T) {
	dir, port := t.TempDir(), porttest.Take(t, 2)
	c := turn.NewClient(filepath.Join(dir, "turn.status.sock"))
	watcher := exec.Command(os.Args[0], "watch", dir, fmt.Sprint(port))
	watcher.Stderr = os.Stderr
	if err := watcher.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Stop(context.Background()) }) // whatever fails before
	first := await(t, c, 0)
	secret, err := os.ReadFile(filepath.Join(dir, "turn.secret"))
	if err != nil || len(secret) != turncred.SecretSize {
		t.Fatalf("secret: %d bytes, %v", len(secret), err)
	}

	if err := syscall.Kill(first.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	died := time.Now()
	second := await(t, c, first.PID)
	t.Logf("started again after %v", time.Since(died))

	call := relayed(t, dir, port)
	watcher.Process.Kill() // rehab
	watcher.Wait()
	if st := await(t, c, 0); st.PID != second.PID {
		t.Fatalf("the server is %d, want %d: it ended with rehab", st.PID, second.PID)
	}

	r, err := Start(config(dir, port))
	if err != nil {
		t.Fatal(err)
	}
	urls := r.URLs(t.Context())
	call()
	if !bytes.Equal(r.Key(port+1), turncred.RoomKey(secret, port+1)) {
		t.Error("the next rehab gives rooms a key that the server does not know")
	}
	if st, ok := r.Status(); !ok || st.PID != second.PID {
		t.Errorf("found %+v, want process %d", st, second.PID)
	}
	want := []string{
		fmt.Sprintf("turn:turn.example:%d?transport=udp", port), fmt.Sprintf("turn:turn.example:%d?transport=tcp", port),
		"turns:turn.example:443?transport=tcp",
	}
	if !slices.Equal(urls, want) {
		t.Errorf("URLs %q, want %q", urls, want)
	}
	syscall.Kill(second.PID, syscall.SIGKILL) // one that is no child
	third := await(t, c, second.PID)
	r.Close(false)
	if st := await(t, c, 0); st.PID != third.PID {
		t.Errorf("the server ended with a rehab that was not told to stop it")
	}

	r, err = Start(config(dir, port))
	if err != nil {
		t.Fatal(err)
	}
	r.URLs(t.Context())
	r.Close(true)
	if st, err := c.Status(t.Context()); err == nil {
		t.Errorf("after the stop: %+v", st)
	}
	if raw, err := os.ReadFile(filepath.Join(dir, "turn.secret")); err != nil || !bytes.Equal(raw, secret) {
		t.Errorf("the secret has changed, %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "turn.secret")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("secret: %v, %v", info, err)
	}
}

// relayed starts a call with something that echoes in a room's place; the result ends it, and fails the test when anything of it
// was lost.
func relayed(t *testing.T, dir string, port int) (end func()) {
	t.Helper()
	media := port + 1
	room, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: media})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { room.Close() })
	go func() {
		buf := make([]byte, 2048)
		for {
			n, from, err := room.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			room.WriteToUDPAddrPort(buf[:n], from)
		}
	}()
	secret, err := os.ReadFile(filepath.Join(dir, "turn.secret"))
	if err != nil {
		t.Fatal(err)
	}
	user, password := turncred.Mint(turncred.RoomKey(secret, media), turncred.Grant{Port: media, Peer: "a", Expires: time.Now().Add(time.Minute)})
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := fmt.Sprintf("127.0.0.1:%d", port)
	client, err := pionturn.NewClient(&pionturn.ClientConfig{STUNServerAddr: server, TURNServerAddr: server, Username: user, Password: password, Conn: conn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if err := client.Listen(); err != nil {
		t.Fatal(err)
	}
	relay, err := client.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	to, buf := &net.UDPAddr{IP: net.ParseIP(publicIP), Port: media}, make([]byte, 100)
	ping := func(n int) {
		relay.SetReadDeadline(time.Now().Add(patience))
		text := fmt.Sprint("packet ", n)
		if _, err := relay.WriteTo([]byte(text), to); err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got, _, err := relay.ReadFrom(buf); err != nil || string(buf[:got]) != text {
			t.Errorf("%s: got %q, %v", text, buf[:got], err)
		}
	}
	ping(0)
	stop, done := make(chan struct{}), make(chan struct{})
	var sent atomic.Int64
	go func() {
		defer close(done)
		for !t.Failed() {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				ping(int(sent.Add(1)))
			}
		}
	}()
	return func() {
		enough := sent.Load() + 100
		for !t.Failed() && sent.Load() < enough {
			time.Sleep(time.Millisecond)
		}
		close(stop)
		<-done
		t.Logf("%d packets there and back, none lost", sent.Load())
	}
}

// A server that hangs is killed and started again.
func TestHangingServer(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 20 s")
	}
	dir, port := t.TempDir(), porttest.Take(t, 2)
	r, err := Start(config(dir, port))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(true)
	first := await(t, r.client, 0)
	r.limit.Store(int64(200 * time.Millisecond))
	if err := syscall.Kill(first.PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(2 * patience)
	for syscall.Kill(first.PID, 0) == nil {
		if time.Now().After(deadline) {
			syscall.Kill(first.PID, syscall.SIGKILL)
			t.Fatal("it hangs on")
		}
		time.Sleep(20 * time.Millisecond)
	}
	await(t, r.client, first.PID)
}

// A port that somebody else has leaves the other ways open, and is not told to peers.
func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	r, err := Start(config(t.TempDir(), port))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(true)
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		urls := r.URLs(t.Context())
		if len(urls) == 2 && !slices.ContainsFunc(urls, func(u string) bool { return strings.HasPrefix(u, "turn:") && strings.HasSuffix(u, "tcp") }) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("URLs %q", urls)
		}
	}
}

// A server that has only just begun, and does not listen on everything yet, is not believed to listen on the rest only.
func TestURLsOfAServerThatBegins(t *testing.T) {
	dir := t.TempDir()
	cfg := config(dir, porttest.Take(t, 5))
	cfg.WebRTC.TURN.TURNTLSPort = cfg.WebRTC.TURN.TURNPort + 4
	cfg.WebRTC.TURN.TURNCertificate, cfg.WebRTC.TURN.TURNPrivateKey = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := unix.Mkfifo(cfg.WebRTC.TURN.TURNCertificate, 0o600); err != nil { // which takes its time
		t.Fatal(err)
	}
	if err := os.WriteFile(cfg.WebRTC.TURN.TURNPrivateKey, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(true)
	if st := await(t, turn.NewClient(filepath.Join(dir, "turn.status.sock")), 0); !slices.Equal(st.Opening, []string{turn.FrontTLS}) || st.Open[turn.FrontTLS] {
		t.Fatalf("open: %v, opening: %q", st.Open, st.Opening)
	}
	if urls := r.URLs(t.Context()); len(urls) != 4 {
		t.Errorf("URLs %q", urls)
	}
	other, err := os.OpenFile(cfg.WebRTC.TURN.TURNCertificate, os.O_WRONLY, 0) // now it turns out to be none
	if err != nil {
		t.Fatal(err)
	}
	_ = other.Close()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if urls := r.URLs(t.Context()); len(urls) == 3 {
			return
		} else if time.Now().After(end) {
			t.Fatalf("URLs %q", urls)
		}
	}
}

func TestURLs(t *testing.T) {
	all := func(...string) bool { return true }
	base := configs.WebRTC{Hostname: "h", ExternalPort: 40075}
	for _, tt := range []struct {
		name string
		turn configs.TURN
		want []string
	}{
		{"none", configs.TURN{}, nil},
		{"defaults", configs.TURN{TURNPort: 3478, TURNTLSPort: 5349}, []string{"turn:h:3478?transport=udp", "turn:h:3478?transport=tcp"}},
		{"certificate", configs.TURN{TURNTLSPort: 5349, TURNCertificate: "c"}, []string{"turns:h:5349?transport=tcp"}},
		{"nat", configs.TURN{TURNPort: 3478, TURNPublicPort: 13478, TURNTLSPort: 5349, TURNCertificate: "c", TURNPublicTLSPort: 443},
			[]string{"turn:h:13478?transport=udp", "turn:h:13478?transport=tcp", "turns:h:443?transport=tcp"}},
		{"handed over", configs.TURN{TURNPublicTLSPort: 443, TURNHostname: "turn.h"}, []string{"turns:turn.h:443?transport=tcp"}},
		{"all", configs.TURN{TURNPort: 3478, TURNTLSPort: 5349, TURNCertificate: "c", TURNOnExternalPort: true},
			[]string{"turn:h:3478?transport=udp", "turn:h:3478?transport=tcp", "turns:h:5349?transport=tcp", "turns:h:40075?transport=tcp"}},
	} {
		base.TURN = tt.turn
		if got := urls(base, all); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	base.Hostname = "2001:db8::1"
	base.TURN = configs.TURN{TURNPort: 3478}
	if got := urls(base, func(f ...string) bool { return slices.Contains(f, turn.FrontUDP6) }); !slices.Equal(got, []string{"turn:[2001:db8::1]:3478?transport=udp"}) {
		t.Errorf("IPv6, TCP in use: %q", got)
	}
}

// A server that hangs before it has written its number is ended; who has the number of one before it is left alone.
func TestKillsItsOwnServer(t *testing.T) {
	r := &Relay{cfg: Config{Dir: t.TempDir(), Program: []string{"sh", "-c", "exec sleep 600"}}, log: slog.New(slog.DiscardHandler)}
	if err := os.WriteFile(r.path("turn.lock"), fmt.Appendln(nil, os.Getpid()), 0o600); err != nil {
		t.Fatal(err)
	}
	lock, err := r.lock()
	if err != nil {
		t.Fatal(err)
	}
	child, err := r.launch(lock)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(r.path("turn.lock")); err != nil || len(raw) > 0 {
		t.Errorf("the lock file says %q, %v", raw, err)
	}
	r.kill(child)
	if err := child.Wait(); err == nil || r.alive() {
		t.Errorf("the child ended with %v; alive: %v", err, r.alive())
	}
}
