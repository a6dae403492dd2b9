package peer

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gotera/gotera/peer/capture"
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
	stdin    bool      // standard input is a source, and not messages
	input    io.Reader // standard input
	stderr   io.Writer
}

// complain tells the operator of something that goes on by itself.
func (c *command) complain(format string, args ...any) {
	fmt.Fprintf(c.stderr, "gotera peer: "+format+"\n", args...)
}

const usage = `usage: gotera peer [flags] <session URL>
       gotera peer [flags] --login <server> --token <device token>
       gotera peer --check [flags] <session URL, participant's link, or server with --token>

Joins a session as a headless peer, or logs in as a device and joins the sessions that it is invited to. The URL is that of a session page with its key, for example
session_url_devices. Each line of standard input (unless that is a source) is sent as a message to everybody; received messages
are printed. It connects again by itself until the session is over.

With --check it joins nothing: it prints which ways to the server this network leaves open, and ends with 0 if one is.

Exit codes: 0 the session was stopped, the duration is over, or it was interrupted; 1 an error;
2 bad flags; 3 refused (wrong key, removed, replaced, room full).

`

// parse reads the flags. On flag.ErrHelp it has written the usage to out.
func parse(args []string, in io.Reader, out, stderr io.Writer) (*command, error) {
	c := &command{input: in, stderr: stderr}
	fs := flag.NewFlagSet("gotera peer", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {
		fmt.Fprint(out, usage)
		fs.SetOutput(out)
		fs.PrintDefaults()
	}
	video := fs.String("video", "pattern", "`source` to publish as camera: pattern or none; a file played in a loop, .ivf (VP8, VP9, AV1) or H.264 Annex B;\n"+
		"camera:/dev/video0 (by ffmpeg); exec:COMMAND that writes H.264 Annex B; - or a named pipe with the same; rtp://127.0.0.1:5004")
	video2 := fs.String("video2", "none", "the same for a second camera")
	screen := fs.String("screen", "none", "the same for a shared screen")
	audio := fs.String("audio", "tone", "`source` to publish as microphone: tone or none; a file played in a loop, .ogg (Opus); alsa:DEVICE or pulse:DEVICE (by\n"+
		"ffmpeg); exec:COMMAND that writes Opus in Ogg; - or a named pipe with the same; rtp://127.0.0.1:5006")
	fps := fs.Float64("fps", 30, "frames per second of H.264 files")
	fs.StringVar(&c.opts.Name, "name", "", "name shown to others; counts only with the session's shared key")
	fs.StringVar(&c.opts.UUID, "uuid", "", "own OpenTera uuid; likewise")
	fs.StringVar(&c.login, "login", "", "`server` to log in to as a device, such as https://tera.example:40075")
	fs.StringVar(&c.token, "token", "", "the device's token; default: environment variable GOTERA_DEVICE_TOKEN")
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
	if c.token == "" { // not as the flag's default, which --help prints
		c.token = os.Getenv("GOTERA_DEVICE_TOKEN")
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
	c.opts.Patient = c.login != "" // its room may be starting
	if c.opts.GiveUp == 0 {
		c.opts.GiveUp = -1
	}
	for _, t := range []struct{ source, kind, what string }{
		{signal.SourceCamera, "video", *video}, {signal.SourceCamera, "audio", *audio},
		{signal.SourceCamera2, "video", *video2}, {signal.SourceScreen, "video", *screen},
	} {
		if t.what == "-" && c.stdin {
			return nil, errors.New("standard input can be one source only")
		}
		c.stdin = c.stdin || t.what == "-"
		track, err := c.open(t.kind, t.what, t.source+c.opts.UUID+c.opts.Name, *fps)
		if err != nil {
			return nil, err
		}
		if track.Media != nil || track.Packets != nil {
			track.Source = t.source
			c.opts.Tracks = append(c.opts.Tracks, track)
		}
	}
	return c, nil
}

// open returns what a media flag names, without its source; an empty track for none.
func (c *command) open(kind, what, label string, fps float64) (Track, error) {
	switch {
	case what == "none" || what == "":
		return Track{}, nil
	case what == "pattern" && kind == "video":
		return Track{Media: NewPattern(label)}, nil
	case what == "tone" && kind == "audio":
		return Track{Media: NewTone()}, nil
	case capture.Live(what):
		return openLive(kind, what, capture.Options{Stdin: c.input, Log: func(err error) { c.complain("%s: %v", kind, err) }})
	}
	file, err := clip.Load(what, fps)
	if err != nil {
		return Track{}, err
	}
	if !strings.HasPrefix(file.MIME, kind+"/") {
		return Track{}, fmt.Errorf("%s holds %s, which is not %s", what, file.MIME, kind)
	}
	return Track{Media: NewPlayer(file)}, nil
}

func openLive(kind, what string, o capture.Options) (Track, error) {
	source, err := capture.Open(kind, what, o)
	if err != nil {
		return Track{}, err
	}
	if packets, ok := source.(Packets); ok {
		return Track{Packets: packets}, nil
	}
	return Track{Media: source.(Media)}, nil
}

// OpenTrack returns a track of the camera (kind "video") or microphone (kind "audio") that what names, in the words of
// capture.Open; complain is told, when it is not nil, why a program is started again.
func OpenTrack(kind, what string, complain func(error)) (Track, error) {
	return openLive(kind, what, capture.Options{Log: complain})
}
