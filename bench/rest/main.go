// Command rest measures the core under load: a PostgreSQL with 500,000 session events, users of three roles, 1 and 32
// clients, then 2,000 websockets. With -python it sends the same requests to OpenTera's own server on the same database.
// bench/README.md has the method and the figures.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

type options struct {
	bin     string
	python  string        // interpreter with OpenTera's packages; empty: only ours
	source  string        // OpenTera's teraserver/python
	each    time.Duration // per operation, role and number of clients
	sockets int
	only    string // part of the names of the operations to run
	keep    bool   // leave the core running, to look at it
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", filepath.Join("bin", "gotera"), "the program to measure")
	flag.StringVar(&o.python, "python", "", "Python interpreter with OpenTera's packages: measure OpenTera's server too, from the sources in OPENTERA_SRC")
	flag.DurationVar(&o.each, "each", 3*time.Second, "time per operation, role and number of clients")
	flag.IntVar(&o.sockets, "sockets", 2000, "websockets to open, 0 for none")
	flag.StringVar(&o.only, "only", "", "only the operations whose name contains this")
	flag.BoolVar(&o.keep, "keep", false, "wait for Ctrl-C at the end, the core still running")
	flag.Parse()
	o.source = os.Getenv("OPENTERA_SRC")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "rest:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.python != "" && o.source == "" {
		return fmt.Errorf("-python needs OPENTERA_SRC, the directory of OpenTera's TeraServer.py")
	}
	bin, err := filepath.Abs(o.bin)
	if err != nil {
		return err
	}
	s, err := start(ctx)
	if s != nil {
		defer s.stop()
	}
	if err != nil {
		return err
	}
	fmt.Printf("%d cores, load average %s\n", runtime.NumCPU(), loadAverage())
	if err := s.startCore(ctx, bin); err != nil { // makes the tables
		return err
	}
	s.stopServer()
	began := time.Now()
	if err := s.fill(ctx); err != nil {
		return err
	}
	fmt.Printf("data filled in %.1f s\n", time.Since(began).Seconds())
	began = time.Now()
	if err := s.startCore(ctx, bin); err != nil {
		return err
	}
	fmt.Printf("the core answers %.2f s after its launch\n", time.Since(began).Seconds())
	ours, err := s.measureAll(ctx, o)
	if err != nil {
		return err
	}
	u, err := usageOf(s.server.Process.Pid)
	if err != nil {
		return err
	}
	fmt.Printf("gotera: RSS %s now, %s at its peak\n", mib(u.rss), mib(u.peak))
	if o.sockets > 0 {
		if err := s.measureSockets(ctx, o.sockets, bin); err != nil {
			return err
		}
	}
	if o.keep {
		fmt.Printf("core on %s, pid %d, database: psql '%s'\n", s.url(""), s.server.Process.Pid, s.dsn("opentera"))
		<-ctx.Done()
		return nil
	}
	s.stopServer()
	if o.python == "" {
		printTable(ours, nil)
		return nil
	}
	if err := s.startPython(ctx, o.source, o.python); err != nil {
		return err
	}
	theirs, err := s.measureAll(ctx, o)
	if err != nil {
		return err
	}
	if u, err = usageOf(s.server.Process.Pid); err != nil {
		return err
	}
	fmt.Printf("OpenTera: RSS %s now, %s at its peak\n", mib(u.rss), mib(u.peak))
	printTable(ours, theirs)
	return nil
}

func (s *system) measureAll(ctx context.Context, o options) ([]result, error) {
	if err := s.populate(ctx); err != nil {
		return nil, fmt.Errorf("online: %w", err)
	}
	var all []result
	for _, op := range operations {
		if !strings.Contains(op.name, o.only) {
			continue
		}
		for i, role := range roles {
			if op.login && i < len(roles)-1 {
				continue
			}
			for _, clients := range []int{1, 32} {
				r, err := s.measure(ctx, op, role.name, role.username, clients, o.each)
				if err != nil {
					return nil, err
				}
				all = append(all, r)
				fmt.Printf("%-28s %-20s %2d clients: %s\n", r.operation, r.role, r.clients, figures(r))
			}
		}
	}
	fmt.Printf("load average %s\n", loadAverage())
	return all, nil
}

// measureSockets uses a core of its own: memory that the requests took is not the websockets'.
func (s *system) measureSockets(ctx context.Context, number int, bin string) error {
	s.stopServer()
	if err := s.startCore(ctx, bin); err != nil {
		return err
	}
	r, err := s.openSockets(ctx, number)
	if err != nil {
		return fmt.Errorf("websockets: %w", err)
	}
	fmt.Printf("%d websockets (%d users, the rest devices and participants): opened in %.1f s, RSS %s before and %s after\n",
		r.open, r.users, r.opening.Seconds(), mib(r.before), mib(r.rss))
	fmt.Printf("one event to all: %s; to the few who may know of a participant: %s (medians of %d; load average %s)\n",
		ms(medianOf(r.toAll)), ms(medianOf(r.toUsers)), len(r.toAll), loadAverage())
	return nil
}

func figures(r result) string {
	if r.missing {
		return "not there"
	}
	return fmt.Sprintf("p50 %s, p99 %s, %.0f/s, server %s, PostgreSQL %s CPU each", ms(r.p50), ms(r.p99), r.perSecond, ms(r.serverCPU), ms(r.pg))
}

// printTable prints what bench/README.md shows.
func printTable(ours, theirs []result) {
	fmt.Println("\n| operation | role | clients | p50, ms | p99, ms | per second | core CPU, ms | PostgreSQL CPU, ms | OpenTera p50, p99, ms | per second | ratio |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for i, r := range ours {
		other := " | | |"
		if i < len(theirs) && !theirs[i].missing && !r.missing {
			t := theirs[i]
			other = fmt.Sprintf(" %s, %s | %.1f | %.1f |", num(t.p50), num(t.p99), t.perSecond, r.perSecond/t.perSecond)
		}
		if r.missing {
			fmt.Printf("| %s | %s | %d | - | - | - | - | - |%s\n", r.operation, r.role, r.clients, other)
			continue
		}
		fmt.Printf("| %s | %s | %d | %s | %s | %.0f | %s | %s |%s\n", r.operation, r.role, r.clients, num(r.p50), num(r.p99), r.perSecond, num(r.serverCPU), num(r.pg), other)
	}
}

func num(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d.Microseconds())/1000) }
func ms(d time.Duration) string  { return num(d) + " ms" }
func mib(kib int) string         { return fmt.Sprintf("%.1f MiB", float64(kib)/1024) }
