package peer_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/peer/peertest"
)

// command runs peer.Main and reads its JSON lines.
type command struct {
	t      *testing.T
	stdin  *io.PipeWriter
	lines  chan map[string]any
	stderr bytes.Buffer
	cancel context.CancelFunc
	code   chan int
}

func start(t *testing.T, args ...string) *command {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	in, stdin := io.Pipe()
	out, stdout := io.Pipe()
	c := &command{t: t, stdin: stdin, lines: make(chan map[string]any, 1000), cancel: cancel, code: make(chan int, 1)}
	go func() {
		c.code <- peer.Main(ctx, append([]string{"--json"}, args...), in, stdout, &c.stderr)
		stdout.Close() //nolint:errcheck // ends the reader below
	}()
	go func() {
		defer close(c.lines)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var m map[string]any
			if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
				t.Errorf("line %q: %v", lines.Text(), err)
			}
			c.lines <- m
		}
	}()
	t.Cleanup(func() {
		cancel()
		stdin.Close() //nolint:errcheck // ends the reader of lines
	})
	return c
}

func (c *command) exit() int {
	c.t.Helper()
	select {
	case code := <-c.code:
		return code
	case <-time.After(patience):
		c.t.Fatal("does not end")
		return -1
	}
}

// expect waits for a line of a type that fits.
func (c *command) expect(kind string, fits func(map[string]any) bool) map[string]any {
	c.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case m, ok := <-c.lines:
			if !ok {
				c.t.Fatalf("waiting for %s: the output ended: %s", kind, c.stderr.String())
			}
			if m["type"] == kind && (fits == nil || fits(m)) {
				return m
			}
		case <-limit:
			c.t.Fatalf("waiting for %s: nothing came", kind)
		}
	}
}

func TestCommand(t *testing.T) {
	r := peertest.StartRoom(t, "")
	a := start(t, "--name", "A", "--send", `{"text":"hello"}`, "--send", "plain", r.URL("devices"))
	a.expect("joined", nil)
	b := start(t, "--name", "B", "--video", "none", "--audio", "clip/tone.ogg", r.URL("participants"))
	seen := b.expect("peer", nil)["peer"].(map[string]any)
	if seen["name"] != "A" || seen["kind"] != "device" {
		t.Errorf("b sees %v", seen)
	}
	b.expect("message", func(m map[string]any) bool { return fmt.Sprint(m["data"]) == "map[text:hello]" && m["topic"] == "chat" })
	b.expect("message", func(m map[string]any) bool { return m["data"] == "plain" })
	if _, err := b.stdin.Write([]byte("typed\n")); err != nil {
		t.Fatal(err)
	}
	a.expect("message", func(m map[string]any) bool { return m["data"] == "typed" })
	b.expect("stats", func(m map[string]any) bool {
		tracks, _ := m["tracks"].([]any)
		good := 0
		for _, track := range tracks {
			s := track.(map[string]any)
			for _, name := range []string{"packets", "lost", "jitter_ms", "frames", "keyframes"} {
				if _, ok := s[name]; !ok {
					t.Fatalf("statistics lack %s: %v", name, s)
				}
			}
			if s["frames"].(float64) > 5 && (s["kind"] == "audio" || s["keyframes"].(float64) > 5) {
				good++
			}
		}
		return good == 2
	})
	b.cancel()
	if final := b.expect("final", nil); final["reason"] != "left" || len(final["tracks"].([]any)) != 2 {
		t.Errorf("final line is %v", final)
	}
	if code := b.exit(); code != 0 {
		t.Errorf("exit code %d: %s", code, b.stderr.String())
	}
	a.expect("left", func(m map[string]any) bool { return m["reason"] == "left" })
}

func TestCommandEndsAfterItsDuration(t *testing.T) {
	r := peertest.StartRoom(t, "")
	c := start(t, "--duration", "200ms", "--video", "none", "--audio", "none", r.URL("devices"))
	c.expect("final", nil)
	if code := c.exit(); code != 0 {
		t.Errorf("exit code %d: %s", code, c.stderr.String())
	}
}

func TestCommandExitCodes(t *testing.T) {
	r := peertest.StartRoom(t, "")
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	for name, tt := range map[string]struct {
		args []string
		code int
		want string
	}{
		"wrong key":      {[]string{"http://" + r.Addr + "/devices?key=x"}, 3, "refused: the server answered 403"},
		"no server":      {[]string{dead.URL + "/devices?key=x"}, 1, "connect"},
		"no url":         {nil, 2, "session URL"},
		"two urls":       {[]string{"a", "b"}, 2, "session URL"},
		"unknown flag":   {[]string{"--what", "x"}, 2, "what"},
		"no such file":   {[]string{"--video", filepath.Join(t.TempDir(), "none.ivf"), r.URL("devices")}, 2, "none.ivf"},
		"sound as video": {[]string{"--video", "clip/tone.ogg", r.URL("devices")}, 2, "not video"},
	} {
		var stdout, stderr bytes.Buffer
		if code := peer.Main(t.Context(), tt.args, strings.NewReader(""), &stdout, &stderr); code != tt.code {
			t.Errorf("%s: exit code %d, want %d", name, code, tt.code)
		}
		if !strings.Contains(stderr.String(), tt.want) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%s: %q, want one line with %q", name, stderr.String(), tt.want)
		}
	}
	var stdout, stderr bytes.Buffer
	if code := peer.Main(t.Context(), []string{"--help"}, nil, &stdout, &stderr); code != 0 || !strings.Contains(stdout.String(), "--json") && !strings.Contains(stdout.String(), "-json") {
		t.Errorf("--help: exit code %d, %q", code, stdout.String())
	}
}

func TestTextOutput(t *testing.T) {
	r := peertest.StartRoom(t, "")
	a := start(t, "--video", "none", "--audio", "none", "--name", "Ana\x1b[2J", r.URL("users"))
	a.expect("joined", nil)
	ctx, cancel := context.WithCancel(t.Context())
	out, stdout := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- peer.Main(ctx, []string{"--video", "none", "--audio", "none", r.URL("devices")}, nil, stdout, io.Discard)
		stdout.Close() //nolint:errcheck // ends the reader
	}()
	lines := bufio.NewScanner(out)
	found := false
	for lines.Scan() {
		if strings.Contains(lines.Text(), "\x1b") {
			t.Errorf("a name moves the cursor: %q", lines.Text())
		}
		if strings.HasPrefix(lines.Text(), `user "Ana`) {
			found = true
			cancel()
		}
	}
	cancel()
	if code := <-done; code != 0 || !found {
		t.Errorf("exit code %d, found %v", code, found)
	}
}

func TestCheckFlag(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		code int
	}{
		"nothing answers": {[]string{"--check", "--token", "t", "https://127.0.0.1:1"}, 1},
		"no address":      {[]string{"--check"}, 2}, "with a login": {[]string{"--check", "--login", "https://127.0.0.1:1", "--token", "t"}, 2},
	} {
		c := start(t, tt.args...)
		if code := c.exit(); code != tt.code {
			t.Errorf("%s: exit code %d, want %d", name, code, tt.code)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer server.Close()
	c := start(t, "--check", server.URL+"/rehab/participant?token=secret")
	if got := c.expect("check", nil); got["ok"] != false || got["server"] != false {
		t.Errorf("got %v", got)
	}
	if code := c.exit(); code != 3 || strings.Contains(c.stderr.String(), "secret") {
		t.Errorf("exit code %d: %s", code, c.stderr.String())
	}
}

// The token of the environment is no text for a terminal.
func TestHelpHidesTheToken(t *testing.T) {
	const secret = "token-of-the-environment"
	t.Setenv("GOTERA_DEVICE_TOKEN", secret)
	var out bytes.Buffer
	if code := peer.Main(t.Context(), []string{"--help"}, strings.NewReader(""), &out, &out); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if out.Len() == 0 || strings.Contains(out.String(), secret) {
		t.Errorf("--help prints %s", out.String())
	}
}
