package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// result is one run of one side.
type result struct {
	rooms, streams      int
	cpu                 time.Duration // of the server processes
	sent, delivered     int           // packets that should have come, and came, in the window
	duplicates, foreign int
	p50, p99            time.Duration // from writing at the publisher to reading at the subscriber
	idle, mem           memory
}

// perPacket is the CPU time of one delivered packet.
func (r result) perPacket() float64 {
	if r.delivered == 0 {
		return 0
	}
	return float64(r.cpu.Nanoseconds()) / 1000 / float64(r.delivered)
}

func (r result) lost() int { return max(0, r.sent-r.delivered) }

func (r result) String() string {
	return fmt.Sprintf("%.2f µs a packet, %d packets, %d lost, %d twice, %d foreign, p50 %.2f p99 %.2f ms, PSS %.1f MiB",
		r.perPacket(), r.delivered, r.lost(), r.duplicates, r.foreign, ms(r.p50), ms(r.p99), mib(r.mem.pss))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func mib(kib int) float64 { return float64(kib) / 1024 }

// median of what get says of the runs.
func median[T cmp.Ordered](runs []result, get func(result) T) T {
	values := make([]T, 0, len(runs))
	for _, r := range runs {
		values = append(values, get(r))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// printTable prints a case as a table of Markdown.
func printTable(c load, o options, sides []*side, results [][]result) {
	audio := ""
	if o.audio {
		audio = " and 50 audio packets/s"
	}
	fmt.Printf("\n%s: 1.5 Mbit/s video%s a publisher; medians of %d rounds of %v\n\n", c.name, audio, o.rounds, o.measure)
	fmt.Println("| side | CPU, µs a packet | ratio | p50, ms | p99, ms | PSS a room, MiB | of it idle | PSS a stream, MiB | RSS, MiB | lost | twice |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for i, s := range sides {
		runs := results[i]
		if len(runs) == 0 {
			continue
		}
		ratio := "-"
		if i > 0 && len(results[0]) > 0 {
			ratio = fmt.Sprintf("%.2f", median(results[0], result.perPacket)/median(runs, result.perPacket))
		}
		cpu := fmt.Sprintf("%.1f (%.1f to %.1f)", median(runs, result.perPacket),
			slices.MinFunc(runs, byCPU).perPacket(), slices.MaxFunc(runs, byCPU).perPacket())
		if s.raw != "" {
			fmt.Printf("| %s | %s | %s | | | | | | | %d | |\n", s.text, cpu, ratio, median(runs, result.lost))
			continue
		}
		pss := median(runs, func(r result) float64 { return mib(r.mem.pss) / float64(r.rooms) })
		idle := median(runs, func(r result) float64 { return mib(r.idle.pss) / float64(r.rooms) })
		stream := median(runs, func(r result) float64 { return mib(r.mem.pss-r.idle.pss) / float64(r.streams) })
		rss := median(runs, func(r result) float64 { return mib(r.mem.rss) })
		fmt.Printf("| %s | %s | %s | %.2f | %.2f | %.1f | %.1f | %.2f | %.0f | %d | %d |\n", s.text, cpu, ratio,
			ms(median(runs, func(r result) time.Duration { return r.p50 })),
			ms(median(runs, func(r result) time.Duration { return r.p99 })),
			pss, idle, stream, rss, median(runs, result.lost), median(runs, func(r result) int { return r.duplicates }))
		for _, r := range runs {
			if r.foreign > 0 {
				fmt.Printf("%s delivered %d packets of another room\n", s.text, r.foreign)
			}
		}
	}
	fmt.Println("\nratio: CPU of the first line to this one's; below 1 the first is cheaper")
}

func byCPU(a, b result) int { return cmp.Compare(a.perPacket(), b.perPacket()) }
