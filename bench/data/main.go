// Command data measures how long a room takes to pass on data channel frames, as commands to a robot are, while every peer
// sends and receives picture and sound. The same frames go over a connection between two Pion peers at the same time: what
// the room adds is the difference. bench/README.md has the method and the figures. Start at run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// options is what the command line says.
type options struct {
	bin     string
	peers   int
	rate    int
	size    int
	bulk    int
	bitrate int
	settle  time.Duration
	measure time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", filepath.Join("bin", "gotera"), "our program")
	flag.IntVar(&o.peers, "peers", 4, "in the room; each publishes picture and sound to the others")
	flag.IntVar(&o.rate, "rate", 100, "frames per second on each way")
	flag.IntVar(&o.size, "size", 100, "bytes of a frame")
	flag.IntVar(&o.bulk, "bulk", 0, "kbit/s of other reliable data to the same receiver")
	flag.IntVar(&o.bitrate, "video", 1500, "kbit/s of each picture; 0: none, and no sound")
	flag.DurationVar(&o.settle, "settle", 3*time.Second, "before the measurement")
	flag.DurationVar(&o.measure, "measure", 20*time.Second, "time that is measured")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "data:", err)
		os.Exit(1)
	}
}

// run measures and prints a table.
func run(ctx context.Context, o options) error {
	if o.peers < 2 || o.rate < 1 || o.rate > 250 || o.size < headerSize || o.size > 8<<10 {
		return errors.New("at least 2 peers, 1 to 250 frames per second of 16 bytes to 8 KiB")
	}
	call, err := startCall(ctx, o)
	if err != nil {
		return err
	}
	defer call.stop()
	direct, err := newDirect(ctx)
	if err != nil {
		return err
	}
	defer direct.close()
	ways := []*way{
		{name: "Pion to Pion, unordered, no retransmission", send: direct.send},
		{name: "room, lossy channel", send: call.sender("lossy")},
		{name: "room, reliable channel", send: call.sender("reliable")},
	}
	direct.received = func(b []byte) { ways[0].got(b) }
	call.received.Store(func(channel string, b []byte) {
		if channel == "lossy" {
			ways[1].got(b)
		} else {
			ways[2].got(b)
		}
	})
	if err := drive(ctx, ways, o, nil); err != nil { // settles
		return err
	}
	stop := make(chan struct{})
	defer close(stop)
	if o.bulk > 0 {
		go call.bulk(o.bulk, stop)
	}
	before := call.usage()
	if err := drive(ctx, ways, o, []time.Duration{o.measure}); err != nil {
		return err
	}
	fmt.Printf("%d peers, %d kbit/s of video each, %d frames/s of %d bytes on each way, %d kbit/s of bulk data, %v\n",
		o.peers, o.bitrate, o.rate, o.size, o.bulk, o.measure)
	fmt.Println("| way | frames | lost | p50, ms | p90 | p99 | p99.9 | max |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, w := range ways {
		fmt.Println(w.row())
	}
	fmt.Printf("pictures: %d packets received, %d of them lost; CPU of the room: %.1f %% of a core\n",
		call.packets(), call.lost(), 100*(call.usage()-before).Seconds()/o.measure.Seconds())
	return nil
}
