package peer

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gotera/gotera/peer/clip"
	"github.com/gotera/gotera/proto/signal"
)

// command is the command line of `gotera peer`.
type command struct {
	url      string // of a session; or login, token and once: a device account
	login    string
	token    string
	once     bool
	check    bool // only look which ways to url are open
	opts     Options
	json     bool
	debug    bool
	send     []string
	to       string
	topic    string
	duration time.Duration
}

const usage = `usage: gotera peer [flags] <session URL>
       gotera peer [flags] --login <server> --token <device token>
       gotera peer --check [flags] <session URL, participant's link, or server with --token>

Joins a session as a headless peer, or logs in as a device and joins the sessions that it is invited to. The URL is that of a session page with its key, for example
session_url_devices. Each line of standard input is sent as a message to everybody; received messages
are printed. It connects again by itself until the session is over.

With --check it joins nothing: it prints which ways to the server this network leaves open, and ends with 0 if one is.

Exit codes: 0 the session was stopped, the duration is over, or it was interrupted; 1 an error;
2 bad flags; 3 refused (wrong key, removed, replaced, room full).

`

// parse reads the flags. On flag.ErrHelp it has written the usage to out.
func parse(args []string, out io.Writer) (*command, error) {
	c := &command{}
	fs := flag.NewFlagSet("gotera peer", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {
		fmt.Fprint(out, usage)
		fs.SetOutput(out)
		fs.PrintDefaults()
	}
	video := fs.String("video", "pattern", "`file` to publish in a loop as camera: .ivf (VP8, VP9, AV1) or H.264 Annex B; pattern or none")
	video2 := fs.String("video2", "none", "the same for a second camera")
	screen := fs.String("screen", "none", "the same for a shared screen")
	audio := fs.String("audio", "tone", "`file` to publish in a loop as microphone: .ogg (Opus); tone or none")
	fps := fs.Float64("fps", 30, "frames per second of H.264 files")
	fs.StringVar(&c.opts.Name, "name", "", "name shown to others; counts only with the session's shared key")
	fs.StringVar(&c.opts.UUID, "uuid", "", "own OpenTera uuid; likewise")
	fs.StringVar(&c.login, "login", "", "`server` to log in to as a device, such as https://tera.example:40075")
	fs.StringVar(&c.token, "token", os.Getenv("GOTERA_DEVICE_TOKEN"), "the device's token; default: environment variable GOTERA_DEVICE_TOKEN")
	fs.BoolVar(&c.once, "once", false, "with --login: end after the first session")
	fs.BoolVar(&c.check, "check", false, "print which ways to the server are open, and end; with --json as JSON")
	fs.BoolVar(&c.opts.Insecure, "insecure", false, "take any TLS certificate")
	fs.StringVar(&c.opts.CAFile, "ca", "", "PEM `file` with the authority of the server's certificate")
	fs.DurationVar(&c.opts.GiveUp, "give-up", defaultGiveUp, "end after so long without a way to the session; 0: never")
	fs.BoolVar(&c.opts.RelayOnly, "relay", false, "send and receive through the server's TURN only")
	fs.DurationVar(&c.duration, "duration", 0, "leave after so long; 0: stay until the session is over")
	fs.BoolVar(&c.json, "json", false, "print JSON lines; each second statistics per received track, and a final line")
	fs.Func("send", "`message` to send as soon as somebody else is there: JSON, or text; may be repeated", func(s string) error {
		c.send = append(c.send, s)
		return nil
	})
	fs.StringVar(&c.topic, "topic", "chat", "topic of the messages sent")
	fs.StringVar(&c.to, "to", "", "peer `id` to send to; empty: everybody")
	fs.BoolVar(&c.debug, "debug", false, "log more")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case c.check && (c.login != "" || fs.NArg() != 1):
		return nil, errors.New("--check needs one address, and no --login; --help tells more")
	case c.check:
		c.url = fs.Arg(0)
		return c, nil
	case c.login == "" && fs.NArg() != 1:
		return nil, errors.New("one session URL is needed, or --login; --help tells more")
	case c.login != "" && fs.NArg() != 0:
		return nil, errors.New("a session URL and --login exclude each other")
	case c.login != "" && c.token == "":
		return nil, errors.New("--login needs --token")
	}
	c.url = fs.Arg(0)
	if c.opts.GiveUp == 0 {
		c.opts.GiveUp = -1
	}
	for _, t := range []struct{ source, kind, what string }{
		{signal.SourceCamera, "video", *video}, {signal.SourceCamera, "audio", *audio},
		{signal.SourceCamera2, "video", *video2}, {signal.SourceScreen, "video", *screen},
	} {
		media, err := open(t.kind, t.what, t.source+c.opts.UUID+c.opts.Name, *fps)
		if err != nil {
			return nil, err
		}
		if media != nil {
			c.opts.Tracks = append(c.opts.Tracks, Track{Source: t.source, Media: media})
		}
	}
	return c, nil
}

// open returns what a media flag names, or nil for none.
func open(kind, what, label string, fps float64) (Media, error) {
	switch {
	case what == "none" || what == "":
		return nil, nil
	case what == "pattern" && kind == "video":
		return NewPattern(label), nil
	case what == "tone" && kind == "audio":
		return NewTone(), nil
	}
	c, err := clip.Load(what, fps)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(c.MIME, kind+"/") {
		return nil, fmt.Errorf("%s holds %s, which is not %s", what, c.MIME, kind)
	}
	return NewPlayer(c), nil
}
