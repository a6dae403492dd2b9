package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The Python services run where upstream runs them, see OpenTera's modules, and start again when they end.
func TestPythonServices(t *testing.T) {
	t.Setenv("PYTHONPATH", "/elsewhere")
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	for _, key := range []string{"LoggingService", "VideoRehabService"} {
		at := filepath.Join(dir, "services", key)
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		script := fmt.Sprintf("echo \"$PWD $PYTHONPATH $1\" >>%s\n", out) // for a shell, which stands in for Python here
		if err := os.WriteFile(filepath.Join(at, key+".py"), []byte(script), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	p := pythonServices{dir: dir, exe: "/bin/sh", without: serviceKeys{"VideoRehabService"}, tests: true}
	found := p.children([]string{"LoggingService", "EmailService", "VideoRehabService", "../services/LoggingService"}, log)
	if len(found) != 1 {
		t.Fatalf("got %v, want LoggingService alone", found)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- found["LoggingService"].keepRunning(ctx, log) }()
	want := filepath.Join(dir, "services", "LoggingService") + " " + dir + ":/elsewhere --enable_tests=1\n"
	for {
		got, _ := os.ReadFile(out)
		if strings.HasPrefix(string(got), want+want) {
			break
		}
		if ctx.Err() != nil {
			t.Fatalf("got %q, want %q twice", got, want)
		}
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("ended without a reason")
	}
	if left := (pythonServices{}).children([]string{"LoggingService"}, log); len(left) != 0 {
		t.Errorf("without a directory: got %v", left)
	}
}
