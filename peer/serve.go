package peer

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"
)

// errOnce ends serve after the first session.
var errOnce = errors.New("the session is over")

// serve is `gotera peer --login`: the device comes online and joins the sessions that it is invited to, one at a time,
// the newest invitation first.
func (c *command) serve(ctx context.Context, lines <-chan string, out *printer) error {
	device, err := NewDevice(c.login, c.token, c.opts, func(online bool) {
		if online {
			out.print(event{Type: "online"}, "online, waiting for an invitation")
		} else {
			out.print(event{Type: "offline"}, "offline")
		}
	})
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return device.Run(ctx) })
	g.Go(func() error {
		for {
			if err := c.answer(ctx, device.Invitations(), lines, out); err != nil {
				return err
			}
			if c.once {
				return errOnce
			}
		}
	})
	if err := g.Wait(); !errors.Is(err, context.Canceled) && !errors.Is(err, errOnce) {
		return err
	}
	return nil
}

// answer waits for an invitation and stays in its session. An invitation to it that comes again changes nothing; one to
// another session takes the device there.
func (c *command) answer(ctx context.Context, invitations <-chan Invitation, lines <-chan string, out *printer) error {
	var next Invitation
	select {
	case next = <-invitations:
	case <-ctx.Done():
		return ctx.Err()
	}
	for next.URL != "" && ctx.Err() == nil {
		out.print(event{Type: "invited"}, "invited to a session")
		next = c.stay(ctx, next, invitations, lines, out)
	}
	return ctx.Err()
}

// stay runs one session and returns the invitation that ended it, if one did.
func (c *command) stay(ctx context.Context, current Invitation, invitations <-chan Invitation, lines <-chan string, out *printer) Invitation {
	inside, leave := context.WithCancel(ctx)
	defer leave()
	ended := make(chan error, 1)
	go func() { ended <- c.run(inside, current.URL, lines, out) }()
	var next Invitation
	for {
		select {
		case i := <-invitations:
			if i.URL != current.URL {
				next = i
				leave()
			}
		case err := <-ended:
			if err != nil && ctx.Err() == nil {
				out.print(event{Type: "error", Reason: err.Error()}, "session: "+err.Error())
			}
			return next
		}
	}
}
