// Command isolation measures what one room does to the others: the forwarding delay of rooms that are well, before and while
// another room burns its processor, leaks memory or is killed. bench/README.md has the method and the figures. Start at run.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// options is what the command line says.
type options struct {
	bin     string
	rooms   int
	rounds  int
	measure time.Duration
	plain   bool
}

func main() {
	if len(os.Args) > 1 {
		if trouble, ok := children[os.Args[1]]; ok {
			trouble()
		}
	}
	var o options
	flag.StringVar(&o.bin, "bin", "bin/gotera", "our program")
	flag.IntVar(&o.rooms, "rooms", 6, "rooms that are well, of one publisher and two subscribers each")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds; each has every trouble once")
	flag.DurationVar(&o.measure, "measure", 8*time.Second, "measured before, and during, each trouble")
	flag.BoolVar(&o.plain, "plain", false, "leave the clients at ordinary priority: their own delays then count, too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "isolation:", err)
		os.Exit(1)
	}
}

// settle is between the start of something and its measurement.
const settle = 2 * time.Second

// outcome is one trouble in one round.
type outcome struct {
	before, during delays
	calm           delays // the same time once more without trouble: what two measurements differ by anyway
}

// run does all rounds and prints a table.
func run(ctx context.Context, o options) error {
	if !o.plain {
		if err := aheadOfRooms(); err != nil {
			return fmt.Errorf("real-time priority for the clients (or use -plain): %w", err)
		}
	}
	h, err := openHost(ctx, o)
	if err != nil {
		return err
	}
	defer h.close()
	outcomes := map[string][]outcome{}
	for range o.rounds {
		for _, t := range troubles {
			var out outcome
			sleep(ctx, settle)
			out.before = h.watch(ctx, o.measure)
			out.calm = h.watch(ctx, o.measure)
			end, err := t.begin(ctx, h)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			sleep(ctx, settle/2)
			out.during = h.watch(ctx, o.measure)
			end()
			if ctx.Err() != nil {
				return ctx.Err()
			}
			outcomes[t.name] = append(outcomes[t.name], out)
		}
	}
	fmt.Printf("%d rooms beside it, %d packets/s each; median of %d rounds\n\n", o.rooms, h.perSecond(), o.rounds)
	fmt.Println("| one room | p50 before, ms | during | p99 before, ms | during | p99 ratio | ratio of two calm times | lost |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, t := range troubles {
		runs := outcomes[t.name]
		get := func(f func(outcome) float64) float64 { return median(runs, f) }
		fmt.Printf("| %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.0f |\n", t.name,
			get(func(r outcome) float64 { return ms(r.before.p50) }), get(func(r outcome) float64 { return ms(r.during.p50) }),
			get(func(r outcome) float64 { return ms(r.before.p99) }), get(func(r outcome) float64 { return ms(r.during.p99) }),
			get(func(r outcome) float64 { return ms(r.during.p99) / ms(r.before.p99) }),
			get(func(r outcome) float64 { return ms(r.calm.p99) / ms(r.before.p99) }),
			get(func(r outcome) float64 { return float64(r.during.lost) }))
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func median(runs []outcome, f func(outcome) float64) float64 {
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = f(r)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
