package sfu_test

import (
	"fmt"
	"log/slog"
	"syscall"
	"testing"
	"time"

	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/sfutest"
)

// BenchmarkRoom is one publisher and n subscribers over loopback, all in this process: its cpu/packet includes the
// clients and is good for comparing changes, not for comparing servers. packets/call is how well the batch works.
func BenchmarkRoom(b *testing.B) {
	for _, n := range []int{3, 10, 30} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			room, err := sfu.New(sfu.Config{Listen: "127.0.0.1:0", Loopback: true, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = room.Close() })
			a := sfutest.Connect(b, room, "a", sfutest.Options{})
			a.Publish("camera", sfu.KindVideo)
			for i := range n {
				sfutest.Connect(b, room, fmt.Sprint(i), sfutest.Options{})
			}
			sfutest.WaitFor(b, 20*time.Second, "all are sent the track", func() bool {
				s := room.Stats()
				for _, p := range s.Peers {
					for _, t := range p.Sent {
						if t.Packets == 0 {
							return false
						}
					}
				}
				return s.MediaPackets > 0
			})
			first, cpu := room.Stats(), processor()
			b.ResetTimer()
			sfutest.WaitFor(b, time.Hour, "packets", func() bool {
				return room.Stats().MediaPackets-first.MediaPackets >= uint64(b.N)
			})
			last := room.Stats()
			packets := float64(last.MediaPackets - first.MediaPackets)
			b.ReportMetric(float64((processor()-cpu).Microseconds())/packets, "cpu-µs/packet")
			b.ReportMetric(packets/float64(last.MediaCalls-first.MediaCalls), "packets/call")
		})
	}
}

// processor is the time that this process has used.
func processor() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
