package peer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gotera/gotera/proto/signal"
)

// Exit codes of Main.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitRefused = 3
)

// statsInterval is the time between two lines of statistics.
const statsInterval = time.Second

// Main is `gotera peer`: it returns the exit code. It ends with ctx, with the session, or after --duration.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c, err := parse(args, stdin, stdout, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "gotera peer: %v\n", err)
		return exitUsage
	}
	if c.check {
		return c.runCheck(ctx, stdout, stderr)
	}
	if c.debug {
		c.opts.Log = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	if c.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.duration)
		defer cancel()
	}
	out := newPrinter(stdout, c.json)
	defer out.close()
	lines := make(chan string)
	if c.stdin {
		stdin = nil
	}
	go readLines(ctx, stdin, lines) // ends with the next line after ctx: standard input cannot be interrupted
	if c.login != "" {
		err = c.serve(ctx, lines, out)
	} else {
		err = c.run(ctx, c.url, lines, out)
	}
	if err != nil {
		out.print(event{Type: "error", Reason: err.Error()}, "")
	}
	return report(stderr, err)
}

// report writes why the peer ended, if that was no normal end, and returns the exit code.
func report(stderr io.Writer, err error) int {
	var ended *EndedError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &ended) && ended.Reason == signal.ReasonStopped:
		return exitOK
	case errors.As(err, &ended) && errors.Is(err, ErrRefused):
		fmt.Fprintf(stderr, "gotera peer: refused: %s\n", ended.Text)
		return exitRefused
	case errors.Is(err, ErrRefused):
		fmt.Fprintf(stderr, "gotera peer: %v\n", err)
		return exitRefused
	}
	fmt.Fprintf(stderr, "gotera peer: %v\n", err)
	return exitFailed
}

// run joins and stays until the peer or ctx ends.
func (c *command) run(ctx context.Context, url string, lines <-chan string, out *printer) error {
	var greeted atomic.Bool
	company := make(chan struct{}, 1) // somebody else is there
	opts := c.opts
	out.hear(&opts, func() {
		if greeted.CompareAndSwap(false, true) {
			company <- struct{}{}
		}
	})
	p, err := Join(ctx, url, opts)
	if err != nil {
		if ctx.Err() != nil {
			return nil // asked to end while joining
		}
		return err
	}
	defer func() {
		p.Close()
		out.final(p.Stats(), p.Err())
	}()
	tick := time.NewTicker(statsInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.Done():
			return p.Err()
		case <-company:
			for _, text := range c.send {
				out.sent(c.send1(p, text))
			}
		case line, ok := <-lines:
			if !ok {
				lines = nil // end of input: the peer stays
			} else if line != "" {
				out.sent(c.send1(p, line))
			}
		case <-tick.C:
			out.stats(p.Stats())
		}
	}
}

// send1 sends text as it is if it is JSON, else as a JSON text.
func (c *command) send1(p *Peer, text string) error {
	data := json.RawMessage(text)
	if !json.Valid(data) {
		data, _ = json.Marshal(text) // text always can be
	}
	return p.Send(c.to, c.topic, data)
}

func readLines(ctx context.Context, stdin io.Reader, lines chan<- string) {
	defer close(lines)
	if stdin == nil {
		return
	}
	in := bufio.NewScanner(stdin)
	in.Buffer(nil, 2*signal.MaxData)
	for in.Scan() {
		select {
		case lines <- in.Text():
		case <-ctx.Done():
			return
		}
	}
}
