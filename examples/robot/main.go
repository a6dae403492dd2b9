// Command robot is a small complete robot: it joins a session, shows its camera, drives a simulated differential drive on
// commands of a clinician, and stands still as soon as these are late, their sender is gone or its own connection is lost. Its
// messages are told in docs/robots.md; robot.go is what to copy, drive.go what to replace.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/gotera/gotera/peer"
)

const usage = `usage: robot [flags] <session URL>
       robot [flags] --login <server>     with the device's token in GOTERA_DEVICE_TOKEN

`

type flags struct {
	url, login, camera, microphone string
	limit                          time.Duration
	opts                           peer.Options
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	f, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		err = run(ctx, f, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "robot: %v\n", err)
		os.Exit(1)
	}
}

func parse(args []string) (*flags, error) {
	f := &flags{}
	fs := flag.NewFlagSet("robot", flag.ContinueOnError)
	fs.Usage = func() {
		fmt.Fprint(fs.Output(), usage)
		fs.PrintDefaults()
	}
	fs.StringVar(&f.login, "login", "", "`server` to log in to as a device, such as https://tera.example:40075")
	fs.StringVar(&f.camera, "camera", "pattern", "pattern, or a `source` such as camera:/dev/video0 (gotera peer --help)")
	fs.StringVar(&f.microphone, "microphone", "none", "none, or a `source` such as alsa:default")
	fs.DurationVar(&f.limit, "limit", 300*time.Millisecond, "stop when no fresh command came for so long")
	fs.BoolVar(&f.opts.Insecure, "insecure", false, "take any TLS certificate")
	fs.StringVar(&f.opts.CAFile, "ca", "", "PEM `file` with the authority of the server's certificate")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	f.url, f.opts.GiveUp, f.opts.Patient = fs.Arg(0), -1, true
	if (f.url == "") == (f.login == "") {
		return nil, errors.New("a session URL or --login is needed; --help tells more")
	}
	return f, nil
}

func run(ctx context.Context, f *flags, log *slog.Logger) error {
	o, err := media(f, log)
	if err != nil {
		return err
	}
	r := NewRobot(f.limit, log)
	var moving sync.WaitGroup
	defer moving.Wait()
	defer r.deadman.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	moving.Go(func() { r.drive.Run(ctx) })
	if f.url != "" {
		return r.Run(ctx, f.url, o)
	}
	return serve(ctx, r, f.login, o)
}

// media adds camera and microphone to the options.
func media(f *flags, log *slog.Logger) (peer.Options, error) {
	o := f.opts
	o.Log = log
	if f.camera == "pattern" {
		o.Tracks = append(o.Tracks, peer.Track{Media: peer.NewPattern("robot")})
	}
	for _, source := range []struct{ kind, what string }{{"video", f.camera}, {"audio", f.microphone}} {
		if source.what == "pattern" || source.what == "none" {
			continue
		}
		track, err := peer.OpenTrack(source.kind, source.what, func(err error) { log.Warn("capture", "error", err) })
		if err != nil {
			return o, err
		}
		o.Tracks = append(o.Tracks, track)
	}
	return o, nil
}

// serve keeps the robot online and takes it to the session that it was invited to last.
func serve(ctx context.Context, r *Robot, server string, o peer.Options) error {
	device, err := peer.NewDevice(server, os.Getenv("GOTERA_DEVICE_TOKEN"), o, nil)
	if err != nil {
		return err
	}
	o.GiveUp = 0 // another invitation may come
	ctx, cancel := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel(nil)
	running.Go(func() { cancel(device.Run(ctx)) })
	var url string
	leave, ended := func() {}, make(chan struct{})
	close(ended)
	for {
		select {
		case <-ctx.Done():
			leave()
			<-ended
			if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		case invited := <-device.Invitations():
			select {
			case <-ended:
			default:
				if invited.URL == url {
					continue // it is there
				}
			}
			leave()
			<-ended
			inside, out := context.WithCancel(ctx)
			done := make(chan struct{})
			url, leave, ended = invited.URL, out, done
			running.Go(func() {
				defer close(done)
				err := r.Run(inside, invited.URL, o)
				r.log.Info("the session is over", "reason", err)
			})
		}
	}
}
