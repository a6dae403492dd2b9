// Command session-start measures how long a session takes to begin and what one idle room costs, beside a Node process
// with Express, Socket.IO and open-easyrtc that serves a page and publishes "Ready!" in the same way. Both use one
// redis-server; rounds alternate between the two. bench/README.md has the method and the figures.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 15, "rounds; each starts one session of every kind")
	flag.Parse()
	if err := run(context.Background(), *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "session-start:", err)
		os.Exit(1)
	}
}

// sample is one start. Times are from the request (or the launch of the process); memory is of the room process.
type sample struct {
	answered, ready, page time.Duration
	rss, pss              int // KiB, 2 s after the page was served
}

// kind is one way to start a session.
type kind struct {
	name  string
	start func(ctx context.Context) (sample, error)
}

func run(ctx context.Context, rounds int) error {
	root, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "session-start")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	baseline := filepath.Join(root, "bench", "session-start", "baseline")
	if _, err := os.Stat(filepath.Join(baseline, "node_modules")); err != nil {
		fmt.Println("installing npm packages: bench/session-start/baseline")
		npm := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
		npm.Dir, npm.Stderr = baseline, os.Stderr
		if err := npm.Run(); err != nil {
			return fmt.Errorf("npm ci in %s: %w", baseline, err)
		}
	}
	sys, err := startSystem(ctx, filepath.Join(root, "bin", "gotera"), dir)
	if err != nil {
		return err
	}
	defer sys.stop()
	kinds := []kind{
		{"gotera: start RPC to rehab (row, event, room)", sys.rpcStart},
		{"gotera: room process alone", sys.roomStart},
		{"Node: Express + Socket.IO + open-easyrtc", func(ctx context.Context) (sample, error) { return sys.nodeStart(ctx, baseline) }},
	}
	samples := make([][]sample, len(kinds))
	for round := range rounds {
		for i, k := range kinds {
			s, err := k.start(ctx)
			if err != nil {
				return fmt.Errorf("round %d: %s: %w", round, k.name, err)
			}
			samples[i] = append(samples[i], s)
		}
	}
	printTable(kinds, samples)
	return nil
}

func printTable(kinds []kind, samples [][]sample) {
	fmt.Printf("%-46s %14s %22s %22s %9s %9s\n", "median (min-max), ms", "answer", "Ready!", "page served", "RSS MiB", "PSS MiB")
	for i, k := range kinds {
		fmt.Printf("%-46s %14s %22s %22s %9s %9s\n", k.name,
			spread(samples[i], func(s sample) time.Duration { return s.answered }),
			spread(samples[i], func(s sample) time.Duration { return s.ready }),
			spread(samples[i], func(s sample) time.Duration { return s.page }),
			mib(samples[i], func(s sample) int { return s.rss }),
			mib(samples[i], func(s sample) int { return s.pss }))
	}
	last := len(kinds) - 1
	for i := range last {
		fmt.Printf("%s: Ready! %.1f times, page %.1f times faster than Node; RSS %.2f, PSS %.2f of Node's\n", kinds[i].name,
			ratio(samples[last], samples[i], func(s sample) float64 { return float64(s.ready) }),
			ratio(samples[last], samples[i], func(s sample) float64 { return float64(s.page) }),
			ratio(samples[i], samples[last], func(s sample) float64 { return float64(s.rss) }),
			ratio(samples[i], samples[last], func(s sample) float64 { return float64(s.pss) }))
	}
}

func median[T any](in []sample, get func(sample) T, less func(a, b T) int) (lo, mid, hi T) {
	var values []T
	for _, s := range in {
		values = append(values, get(s))
	}
	slices.SortFunc(values, less)
	return values[0], values[len(values)/2], values[len(values)-1]
}

func spread(in []sample, get func(sample) time.Duration) string {
	lo, mid, hi := median(in, get, func(a, b time.Duration) int { return int(a - b) })
	if hi == 0 {
		return "-"
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("%.1f (%.0f-%.0f)", ms(mid), ms(lo), ms(hi))
}

func mib(in []sample, get func(sample) int) string {
	_, mid, _ := median(in, get, func(a, b int) int { return a - b })
	return fmt.Sprintf("%.1f", float64(mid)/1024)
}

func ratio(a, b []sample, get func(sample) float64) float64 {
	less := func(x, y float64) int {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	_, ma, _ := median(a, get, less)
	_, mb, _ := median(b, get, less)
	return ma / mb
}
