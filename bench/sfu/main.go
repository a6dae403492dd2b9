// Command sfu measures what forwarding costs: CPU for each delivered packet, delay and memory of our room processes, of
// a plain Pion forwarder without interceptors and of raw loops that only seal and send, and of MediaMTX when given its
// program. All sides of a case run one after the other in each round, so that ratios compare like with
// like. bench/README.md has the method and the figures. Start at run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// options is what the command line says.
type options struct {
	cases    string
	sides    string
	rounds   int
	settle   time.Duration
	measure  time.Duration
	audio    bool
	bin      string
	mediamtx string
	realTime bool
	profile  string
	verbose  bool
}

func main() {
	if len(os.Args) > 1 {
		if child, ok := children[os.Args[1]]; ok {
			exit(child(os.Args[2:]))
		}
	}
	var o options
	flag.StringVar(&o.cases, "cases", "25x3,1x10,1x50,1x100", "rooms x subscribers, separated by commas; 4all: one room of four that all publish")
	flag.StringVar(&o.sides, "sides", "", "only these, separated by commas; empty: all that can run")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds; each runs every side of every case once")
	flag.DurationVar(&o.settle, "settle", 3*time.Second, "between the first packet and the measurement")
	flag.DurationVar(&o.measure, "measure", 12*time.Second, "time that is measured")
	flag.BoolVar(&o.audio, "audio", false, "publish 50 audio packets/s too")
	flag.StringVar(&o.bin, "bin", filepath.Join("bin", "gotera"), "our program")
	flag.StringVar(&o.mediamtx, "mediamtx", "", "MediaMTX's program; empty: left out")
	flag.BoolVar(&o.realTime, "realtime", false, "run at real-time priority, when something else uses the machine")
	flag.StringVar(&o.profile, "perf", "", "write a perf profile of each side's servers into this folder")
	flag.BoolVar(&o.verbose, "v", false, "print each run")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "sfu:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run does all rounds and prints a table for each case.
func run(ctx context.Context, o options) error {
	cases, err := parseCases(o.cases)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-sfu")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	if o.realTime {
		if err := realTime(); err != nil {
			return fmt.Errorf("real-time priority: %w", err)
		}
	}
	sides, err := allSides(o, dir)
	if err != nil {
		return err
	}
	for _, c := range cases {
		results := make([][]result, len(sides))
		for round := range o.rounds {
			for i, s := range sides {
				if !s.does(c) {
					continue
				}
				r, err := measure(ctx, o, c, s)
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err != nil {
					fmt.Fprintf(os.Stderr, "sfu: %s, %s, round %d: %v\n", c.name, s.name, round+1, err)
					continue
				}
				if o.verbose {
					fmt.Printf("%s %s %d: %s\n", c.name, s.name, round+1, r)
				}
				results[i] = append(results[i], r)
			}
		}
		printTable(c, o, sides, results)
	}
	return nil
}

// allSides are the sides to run, the first being ours.
func allSides(o options, dir string) ([]*side, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	bin, err := filepath.Abs(o.bin)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(bin); err != nil {
		return nil, fmt.Errorf("%w: make build first", err)
	}
	list := []*side{
		{name: "gotera", text: "gotera room, a process per room", make: newGotera(bin, dir)},
		{name: "plain", text: "plain Pion, a process per room", make: newPlain(self, true)},
		{name: "plain-one", text: "plain Pion, one process", make: newPlain(self, false), single: true},
	}
	if o.mediamtx != "" {
		list = append(list, &side{name: "mediamtx", text: "MediaMTX, one process", make: newMediaMTX(o.mediamtx, dir)})
	}
	list = append(list,
		&side{name: "sendto", text: "raw loop: seal and sendto", raw: "sendto", self: self},
		&side{name: "gso", text: "raw loop: seal and GSO in sendmmsg", raw: "gso", self: self})
	if o.sides == "" {
		return list, nil
	}
	var some []*side
	for name := range strings.SplitSeq(o.sides, ",") {
		found := false
		for _, s := range list {
			if s.name == name {
				some, found = append(some, s), true
			}
		}
		if !found {
			return nil, errors.New("no such side, or its program was not given: " + name)
		}
	}
	return some, nil
}
