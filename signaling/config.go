package signaling

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/turncred"
)

// Errors that become exit codes.
var (
	ErrUsage    = errors.New("bad configuration")
	ErrPortUsed = errors.New("port in use")
	ErrMemory   = errors.New("too much memory")
)

// ExitCode is the exit code of a room process that ended with err (rehab and Python services read it).
func ExitCode(err error) int {
	switch {
	case err == nil:
		return control.ExitStopped
	case errors.Is(err, ErrUsage):
		return control.ExitUsage
	case errors.Is(err, ErrPortUsed):
		return control.ExitPortUsed
	case errors.Is(err, ErrMemory):
		return control.ExitMemory
	}
	return control.ExitFailed
}

// Config configures Run. A zero optional field means its default. ParseRoomFlags makes one from a command line.
type Config struct {
	Port          int    // HTTP on 127.0.0.1, 1 to 65535; required unless HTTP is given
	Key           string // shared key of the session; required
	Secret        []byte // makes the invitee keys, control.SecretSize bytes; empty: no invitee keys
	ExternalHost  string // host of the room's URLs; a loopback one makes the media offer loopback addresses too
	MediaPort     int    // UDP and TCP on all addresses; default Port + 10000
	MediaPublicIP string // put in candidates instead of the host's own addresses: one per family, with a comma between; optional
	ICELite       bool
	TURNURLs      []string // of a TURN server that relays to MediaPort (RFC 7065); with TURNKey
	TURNKey       []byte   // makes its credentials (turncred.RoomKey); without it peers are told no URLs
	MaxPeers      int      // at once; default 32
	Debug         bool     // for the caller, which makes Log

	RedisAddr     string // host:port; default 127.0.0.1:6379
	RedisDB       int
	RedisUsername string
	RedisPassword string

	ControlFD int // inherited, listening unix socket for the control API; 0: none
	LockFD    int // inherited file to keep open until the end; 0: none

	Process Process

	Log *slog.Logger // default slog.Default()

	// Instead of the ports and descriptors above, for tests and other launchers.
	HTTP        net.Listener
	Control     net.Listener
	MediaListen string // host:port

	limits limits
}

// limits are the protocol's times and bounds; tests make them small.
type limits struct {
	join      time.Duration // from upgrade to the join message
	ping      time.Duration // between two pings
	silence   time.Duration // without a message before a websocket counts as lost
	resume    time.Duration // a peer outlives its websocket
	away      time.Duration // before others are told that a peer's media does not get through
	fresh     float64       // media connections that a peer may have anew per second
	freshRun  int           // and at once
	write     time.Duration // for one message to be taken by the socket
	messages  int           // in a send queue
	bytes     int           // in a send queue
	conns     int           // websockets at once, joined or not
	perSecond float64       // messages a peer may send, in the long run
	burst     int           // and at once
	offers    float64       // of a peer per second: each costs the room more than any other message
	offerRun  int           // and at once
	frames    float64       // data channel frames per second
	frameRun  int           // and at once
	posts     float64       // WHIP and WHEP offers of one key holder per second: each makes a connection
	postRun   int           // and at once
	picture   time.Duration // between two pictures of the room's quality
	report    time.Duration // between two reports of a page, at least

	robotPing    time.Duration // as ping, on a robot's websocket
	robotSilence time.Duration // as silence there; pongs count
}

var defaultLimits = limits{
	join: 5 * time.Second, ping: 5 * time.Second, silence: 15 * time.Second, resume: 90 * time.Second, away: time.Second, fresh: 0.2, freshRun: 20,
	write: 10 * time.Second, messages: 512, bytes: 4 << 20, conns: 128,
	perSecond: 60, burst: 240, offers: 2, offerRun: 30, frames: 600, frameRun: 1200, posts: 1, postRun: 12, picture: 2500 * time.Millisecond, report: time.Second,
	robotPing: 10 * time.Second, robotSilence: 25 * time.Second,
}

// defaultMaxPeers bounds a room when Config does not.
const defaultMaxPeers = 32

// withDefaults checks c and fills in what it leaves out.
func (c Config) withDefaults() (Config, error) {
	if c.Key == "" {
		return c, fmt.Errorf("%w: key is required: without one, anybody could enter", ErrUsage)
	}
	if len(c.Secret) != 0 && len(c.Secret) != control.SecretSize {
		return c, fmt.Errorf("%w: secret has %d bytes, should have %d", ErrUsage, len(c.Secret), control.SecretSize)
	}
	if c.HTTP == nil && (c.Port < 1 || c.Port > 65535) {
		return c, fmt.Errorf("%w: port %d is not between 1 and 65535", ErrUsage, c.Port)
	}
	if c.HTTP != nil && c.Port == 0 {
		if a, ok := c.HTTP.Addr().(*net.TCPAddr); ok {
			c.Port = a.Port
		}
	}
	if c.MediaListen == "" {
		if c.MediaPort == 0 {
			c.MediaPort = c.Port + 10000
		}
		if c.MediaPort < 1 || c.MediaPort > 65535 {
			return c, fmt.Errorf("%w: media_port %d is not between 1 and 65535", ErrUsage, c.MediaPort)
		}
		c.MediaListen = fmt.Sprintf(":%d", c.MediaPort)
	}
	if err := configs.CheckPublicIPs(c.MediaPublicIP); err != nil {
		return c, fmt.Errorf("%w: media_public_ip: %w", ErrUsage, err)
	}
	if len(c.TURNKey) != 0 && len(c.TURNKey) != turncred.SecretSize {
		return c, fmt.Errorf("%w: TURN key has %d bytes, should have %d", ErrUsage, len(c.TURNKey), turncred.SecretSize)
	}
	if c.MaxPeers <= 0 {
		c.MaxPeers = defaultMaxPeers
	}
	if c.RedisAddr == "" {
		c.RedisAddr = "127.0.0.1:6379"
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.limits == (limits{}) {
		c.limits = defaultLimits
	}
	return c, nil
}

// loopback reports whether pages are opened under a name of this machine only.
func (c Config) loopback() bool { return configs.Loopback(c.ExternalHost) }
