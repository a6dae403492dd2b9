package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/ingress"
	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/porttest"
	"github.com/gotera/gotera/rehab/relay"
	turnserver "github.com/gotera/gotera/rehab/turn"
)

// When the TURN server is killed amid relayed calls it is started again, at the same addresses and with the credentials of before, and
// the peers come back by themselves: over UDP, TCP and TLS. TURN_KILLS is the number of rounds.
func TestCallsOutliveTURN(t *testing.T) {
	t.Parallel()
	rounds, _ := strconv.Atoi(os.Getenv("TURN_KILLS"))
	rounds = max(rounds, 1)
	dir := t.TempDir()
	cert, key, err := ingress.LocalCertificate(dir, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	media, first := porttest.Take(t, 3), porttest.Take(t, 2)
	w := configs.WebRTC{Hostname: "127.0.0.1", MediaBasePort: media, MediaPublicIP: "203.0.113.7", MaxSessions: 3, StateDirectory: dir}
	w.TURN = configs.TURN{TURNPort: first, TURNTLSPort: first + 1, TURNCertificate: cert, TURNPrivateKey: key, TURNMaxAllocations: 100}
	cfg := relay.Config{Dir: dir, Program: []string{os.Args[0], "turn"}, WebRTC: w, Log: slog.New(slog.DiscardHandler)}
	rehab, err := relay.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { rehab.Close(true) }()
	client := turnserver.NewClient(filepath.Join(dir, "turn.status.sock"))
	await := func(not int) (st turnserver.Status) {
		t.Helper()
		until(t, "TURN server", func() (err error) {
			st, err = client.Status(t.Context())
			if err == nil && (st.PID == not || len(st.Open) < 5) {
				err = fmt.Errorf("process %d, open: %v", st.PID, st.Open)
			}
			return err
		})
		return st
	}
	st := await(0)
	urls := rehab.URLs(t.Context())
	if len(urls) != 3 {
		t.Fatalf("URLs %q", urls)
	}
	ways := []string{"udp", "tcp", "tls"}
	var calls [][2]*peer.Peer
	for i, url := range urls {
		port, shared := porttest.Take(t, 1), uuid.NewString()
		start(t, []string{control.EnvRoomKey + "=" + shared, fmt.Sprintf("%s=%x", control.EnvTURNKey, rehab.Key(media+i))}, "room",
			fmt.Sprintf("--port=%d", port), fmt.Sprintf("--media_port=%d", media+i), "--redis_port=1", "--media_public_ip=203.0.113.7", "--turn_urls="+url)
		room := fmt.Sprintf("http://127.0.0.1:%d/users?key=%s", port, shared)
		answers(t, room)
		calls = append(calls, [2]*peer.Peer{joinRelayed(t, room), joinRelayed(t, room)})
	}
	flows(t, ways, calls)
	allocations := st.Allocations
	var worst time.Duration
	for round := range rounds {
		if round%4 == 3 { // rehab is restarted meanwhile: the next one finds the server, or starts it
			rehab.Close(false)
		}
		if err := syscall.Kill(st.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if round%4 == 3 {
			if rehab, err = relay.Start(cfg); err != nil {
				t.Fatal(err)
			}
		}
		took := flows(t, ways, calls)
		t.Logf("round %d: back after %v", round, took)
		for _, d := range took {
			worst = max(worst, d)
		}
		st = await(st.PID)
		if got := rehab.URLs(t.Context()); !slices.Equal(got, urls) {
			t.Errorf("URLs %q, were %q", got, urls)
		}
		if since := time.Since(began); since > relayPatience {
			t.Errorf("round %d took %v", round, since)
		}
		allocations = max(allocations, st.Allocations)
	}
	t.Logf("%d rounds, the last back after %v at worst; %d allocations at most", rounds, worst, allocations)
	if allocations > 3*2*2 { // twice as many while ICE restarts
		t.Errorf("%d allocations of 6 peers: some are left behind", allocations)
	}
}

// flows returns when each peer has shown 5 more frames of the other, how long that took by way.
func flows(t *testing.T, ways []string, calls [][2]*peer.Peer) []time.Duration {
	t.Helper()
	shown := func(p *peer.Peer) (n uint64) {
		for _, s := range p.Stats() {
			if s.Kind == "video" {
				n += uint64(s.Frames)
			}
		}
		return n
	}
	began := time.Now()
	took := make([]time.Duration, len(calls))
	before := make([][2]uint64, len(calls))
	for i, c := range calls {
		before[i] = [2]uint64{shown(c[0]), shown(c[1])}
	}
	until(t, "media", func() error {
		missing := ""
		for i, c := range calls {
			if took[i] != 0 {
				continue
			}
			// A track that was made anew counts from 0: until then what it has shown is less.
			for j := range c {
				if now := shown(c[j]); now < before[i][j] {
					before[i][j] = 0
				}
			}
			if shown(c[0]) > before[i][0]+5 && shown(c[1]) > before[i][1]+5 {
				took[i] = time.Since(began).Round(10 * time.Millisecond)
				continue
			}
			missing += " " + ways[i]
		}
		if missing != "" {
			return fmt.Errorf("no frames by%s", missing)
		}
		return nil
	})
	return took
}
