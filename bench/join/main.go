// Command join measures how long it takes to get into a room: from the launch of the room's process until it serves, and
// from a peer's first packet to the room until it has the first packet of another's picture, on loopback and over a path
// with -rtt. With -serve it only offers a room, directly and by such a path, to e2e/join.mjs, which does the same with a
// browser. bench/README.md has the method and the figures.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/pion/rtp"

	"github.com/gotera/gotera/e2e/netpath/way"
	"github.com/gotera/gotera/peer"
	"github.com/gotera/gotera/sfu/keyframe"
)

func main() {
	rounds := flag.Int("rounds", 21, "rounds")
	rtt := flag.Duration("rtt", 50*time.Millisecond, "round trip of the slow path")
	program := flag.String("program", "bin/gotera-room", "the room's program")
	serve := flag.Bool("serve", false, "offer a room, print its addresses, and wait for the end of standard input")
	flag.Parse()
	if err := run(context.Background(), *program, *rounds, *rtt, *serve); err != nil {
		fmt.Fprintln(os.Stderr, "join:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, program string, rounds int, rtt time.Duration, serve bool) error {
	r, err := launch(ctx, program)
	if err != nil {
		return err
	}
	defer r.stop()
	slow, err := way.New(r.http, r.media)
	if err != nil {
		return err
	}
	defer slow.Close()
	slow.SetDelay(rtt / 2)
	if serve {
		return offer(r, slow)
	}
	var ready []time.Duration
	for range rounds {
		other, err := launch(ctx, program)
		if err != nil {
			return err
		}
		ready = append(ready, other.took)
		other.stop()
	}
	tell("room ready", ready)
	camera, err := peer.Join(ctx, r.url(r.http, invitees[0]), peer.Options{Tracks: []peer.Track{{Source: "camera", Media: &fast{Pattern: peer.NewPattern("join")}}}})
	if err != nil {
		return err
	}
	defer camera.Close()
	for _, to := range []struct{ name, url string }{
		{"loopback", r.url(r.http, invitees[1])}, {fmt.Sprintf("rtt %v", rtt), r.url(slow.Addr(), invitees[1])},
	} {
		var joined, first []time.Duration
		for range rounds {
			j, f, err := once(ctx, to.url)
			if err != nil {
				return fmt.Errorf("%s: %w", to.name, err)
			}
			joined, first = append(joined, j), append(first, f)
		}
		tell(to.name+": let in", joined)
		tell(to.name+": first packet of a keyframe", first)
	}
	return nil
}

// fast is a pattern that makes a keyframe every 5 ms, so that waiting for the next one hardly counts.
type fast struct {
	*peer.Pattern
	frame []byte
}

func (f *fast) Next(ctx context.Context) ([]byte, time.Duration, error) {
	if f.frame == nil {
		frame, _, err := f.Pattern.Next(ctx)
		if err != nil {
			return nil, 0, err
		}
		f.frame = frame
	}
	select {
	case <-time.After(5 * time.Millisecond):
		return f.frame, 5 * time.Millisecond, nil
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
}

// offer tells where the room is.
func offer(r *room, slow *way.Way) error {
	err := json.NewEncoder(os.Stdout).Encode(map[string]string{
		"direct": r.url(r.http, invitees[0]), "slow": r.url(slow.Addr(), invitees[1]),
	})
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// once joins and leaves. It returns when the peer was let in, and when it had the beginning of a picture.
func once(ctx context.Context, url string) (joined, first time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	got := make(chan time.Duration, 1)
	began := time.Now()
	p, err := peer.Join(ctx, url, peer.Options{OnPacket: func(_ peer.Received, packet *rtp.Packet) {
		if keyframe.VP8(packet.Payload) {
			select {
			case got <- time.Since(began):
			default:
			}
		}
	}})
	if err != nil {
		return 0, 0, err
	}
	defer p.Close()
	joined = time.Since(began)
	select {
	case first = <-got:
		return joined, first, nil
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
}

func tell(what string, all []time.Duration) {
	slices.Sort(all)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	fmt.Printf("%-44s median %.1f ms (%.1f to %.1f), %d rounds\n", what, ms(all[len(all)/2]), ms(all[0]), ms(all[len(all)-1]), len(all))
}
