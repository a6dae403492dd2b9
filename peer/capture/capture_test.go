package capture_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/gotera/gotera/peer/capture"
)

const (
	sps   = "\x00\x00\x00\x01\x67\x42\xc0\x0a"
	pps   = "\x00\x00\x00\x01\x68\xce\x3c"
	idr   = "\x00\x00\x00\x01\x65\x88\x80\x10"
	inter = "\x00\x00\x00\x01\x41\x9a\x80\x30"
)

const patience = 10 * time.Second

// TestMain is an encoder too: with FAKE_ENCODER=n it writes n pictures to its standard output, every third a keyframe, whose
// parameter sets come only once, and fails.
func TestMain(m *testing.M) {
	n, err := strconv.Atoi(os.Getenv("FAKE_ENCODER"))
	if err != nil {
		os.Exit(m.Run())
	}
	if file := os.Getenv("FAKE_PID"); file != "" {
		os.WriteFile(file, []byte(strconv.Itoa(os.Getpid())), 0o600) //nolint:errcheck // the test sees it
	}
	fmt.Fprintln(os.Stderr, "first line")
	os.Stdout.WriteString(sps + pps) //nolint:errcheck // likewise
	for i := range n {
		unit := inter
		if i%3 == 0 {
			unit = idr
		}
		if _, err := os.Stdout.WriteString(unit); err != nil {
			os.Exit(1)
		}
		time.Sleep(20 * time.Millisecond)
	}
	fmt.Fprintln(os.Stderr, "the lens fell off")
	os.Exit(3)
}

// encoder is the command line of the encoder.
func encoder(t *testing.T, n int, env string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("exec:FAKE_ENCODER=%d %s exec '%s'", n, env, exe)
}

func open(t *testing.T, kind, what string, o capture.Options) *capture.Feed {
	t.Helper()
	source, err := capture.Open(kind, what, o)
	if err != nil {
		t.Fatal(err)
	}
	f := source.(*capture.Feed)
	t.Cleanup(func() { f.Close() }) //nolint:errcheck // always nil
	return f
}

func next(t *testing.T, f *capture.Feed) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	data, d, err := f.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if d != 0 {
		t.Errorf("a live picture lasts %v, want 0", d)
	}
	return string(data)
}

func TestProgram(t *testing.T) {
	f := open(t, capture.Video, encoder(t, 1_000_000, ""), capture.Options{})
	for i, want := range []string{sps + pps + idr, inter, inter, sps + pps + idr, inter} {
		if got := next(t, f); got != want {
			t.Errorf("picture %d is %q, want %q", i, got, want)
		}
	}
}

// A program that ends is started again, and the operator is told what it said last.
func TestProgramThatEndsIsStartedAgain(t *testing.T) {
	told := make(chan error, 10)
	f := open(t, capture.Video, encoder(t, 2, ""), capture.Options{Log: func(err error) { told <- err }})
	for range 3 {
		if got := next(t, f); got != sps+pps+idr {
			t.Errorf("after its start: got %q", got)
		}
		next(t, f)
	}
	if err := <-told; !strings.Contains(err.Error(), "the lens fell off") {
		t.Errorf("the operator is told %q", err)
	}
}

func TestCloseEndsTheProgram(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	f := open(t, capture.Video, encoder(t, 1_000_000, "FAKE_PID="+file), capture.Options{})
	next(t, f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the program is still there: %v", err)
	}
	if got := next(t, f); got != sps+pps+idr { // and it can be used again
		t.Errorf("after another start: got %q", got)
	}
}

// A picture is handed on when it is there, not when the next one begins.
func TestPictureIsNotHeldBack(t *testing.T) {
	in, out := io.Pipe()
	f := open(t, capture.Video, "-", capture.Options{Stdin: in})
	go out.Write([]byte(sps + pps + idr)) //nolint:errcheck // the test sees it
	if got := next(t, f); got != sps+pps+idr {
		t.Errorf("got %q", got)
	}
	go func() {
		out.Write([]byte(inter)) //nolint:errcheck // likewise
		out.Close()              //nolint:errcheck // always nil
	}()
	if got := next(t, f); got != inter {
		t.Errorf("got %q", got)
	}
	if _, _, err := f.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v, want EOF", err)
	}
}

func TestNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if !capture.Live(path) {
		t.Fatal("a named pipe is taken for a file")
	}
	f := open(t, capture.Video, path, capture.Options{})
	for range 2 { // its writers come and go
		go func() {
			if w, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
				w.WriteString(sps + pps + idr) //nolint:errcheck // the test sees it
				w.Close()                      //nolint:errcheck // likewise
			}
		}()
		if got := next(t, f); got != sps+pps+idr {
			t.Errorf("got %q", got)
		}
	}
}

func TestOgg(t *testing.T) {
	f := open(t, capture.Audio, "exec:cat ../clip/tone.ogg", capture.Options{})
	for range 10 {
		data, d, err := f.Next(t.Context())
		if err != nil || d != 20*time.Millisecond || len(data) == 0 {
			t.Fatalf("got %d bytes of %v, %v", len(data), d, err)
		}
	}
}

func TestRTP(t *testing.T) {
	source, err := capture.Open(capture.Video, "rtp://127.0.0.1:0?codec=vp8", capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := source.(*capture.RTP)
	t.Cleanup(func() { r.Close() }) //nolint:errcheck // over
	packets := make(chan *rtp.Packet, 10)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() {
		defer close(packets)
		for {
			p, err := r.NextPacket(ctx)
			if err != nil {
				return
			}
			packets <- p
		}
	}()
	for r.Addr() == nil {
		<-time.After(time.Millisecond)
	}
	out, err := net.Dial("udp", r.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close() //nolint:errcheck // over
	sent := &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 96, SequenceNumber: 7, Timestamp: 8, SSRC: 9, Marker: true}, Payload: []byte{1, 2, 3}}
	raw, err := sent.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	report, err := (&rtcp.SenderReport{SSRC: 9}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for _, datagram := range [][]byte{[]byte("nonsense"), report, raw} {
		if _, err := out.Write(datagram); err != nil {
			t.Fatal(err)
		}
	}
	got := <-packets
	if got == nil || got.SequenceNumber != 7 || string(got.Payload) != "\x01\x02\x03" || !got.Marker {
		t.Fatalf("got %v", got)
	}
	r.Keyframe()
	answer := make([]byte, 1500)
	out.SetReadDeadline(time.Now().Add(patience)) //nolint:errcheck // the next read says so
	n, err := out.Read(answer)
	if err != nil {
		t.Fatal(err)
	}
	feedback, err := rtcp.Unmarshal(answer[:n])
	if err != nil {
		t.Fatal(err)
	}
	if pli, ok := feedback[len(feedback)-1].(*rtcp.PictureLossIndication); !ok || pli.MediaSSRC != 9 {
		t.Errorf("got %v, want a PLI", feedback)
	}
	cancel()
	if _, ok := <-packets; ok {
		t.Error("it goes on after its end")
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	for _, tt := range []struct{ kind, what, want string }{
		{capture.Video, "exec: ", "command"},
		{capture.Audio, "camera:/dev/video0", "no sound"},
		{capture.Video, "alsa:default", "no picture"},
		{capture.Video, "camera:", "lacks a device"},
		{capture.Video, "camera:/dev/video0?colour=red", "colour"},
		{capture.Video, "camera:/dev/video0?fps=many", "fps"},
		{capture.Video, "camera:/dev/video0?format=av1", "format"},
		{capture.Video, "rtp://127.0.0.1", "port"},
		{capture.Video, "rtp://127.0.0.1:5004?codec=opus", "codec"},
		{capture.Audio, "rtp://127.0.0.1:5004?codec=h264", "codec"},
	} {
		if _, err := capture.Open(tt.kind, tt.what, capture.Options{}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %s: got %v, want %q", tt.kind, tt.what, err, tt.want)
		}
	}
	if capture.Live("clip.h264") {
		t.Error("a file is taken for live")
	}
}
