// Package turn is the TURN server (RFC 8656): a process of its own, `gotera turn`, that rehab starts and that outlives it, so
// that relayed calls go on whatever happens to rehab. The protocol is pion/turn's; this package decides who may use it, for
// how much, and where it leads: to the media port of a room of this host that the credential names, and nowhere else.
//
// Every way in (UDP by family, TCP, TLS, connections handed over by the ingress) is a front. What comes passes the front's
// admit before pion sees it; what leaves towards a room leaves by the relay of one allocation, a socket that is connected to
// that one port. Start at Run.
package turn

import (
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/proto/turncred"
)

// EnvSecret holds, in hexadecimal, the secret of which the rooms' keys are made (turncred.RoomKey).
const EnvSecret = "GOTERA_TURN_SECRET"

// ErrUsage is a bad flag, environment or configuration.
var ErrUsage = errors.New("bad configuration")

// Config configures Run.
type Config struct {
	Port, TLSPort     int    // 0: none
	CertFile, KeyFile string // PEM, of TLSPort
	Socket            string // path of a unix socket that takes connections with a PROXY header in front; empty: none
	Status            string // path of a unix socket that serves the status; empty: none
	LockFD            int    // inherited file to keep open until the end; 0: none

	FirstPort, LastPort int          // media ports that credentials may name
	PublicIPs           []netip.Addr // of this host beside its own: peers know the rooms by them
	Secret              []byte       // turncred.SecretSize bytes

	MaxAllocations int // at once
	Kbps           int // of one allocation, each way; 0: any

	Log *slog.Logger

	host       string                     // to listen on; empty: all addresses. Tests
	interfaces func() ([]net.Addr, error) // of this host. Tests
	limits     limits
}

// limits are bounds that nobody configures; tests make them small.
type limits struct {
	perUser   int // allocations of one username: a browser makes one per URL and interface, and twice as many at an ICE restart
	perSource int // allocations, and half as many connections more, of one address (IPv6: /64): a clinic behind a NAT
	perPort   int // allocations that lead to one room

	floodRate, floodBurst float64 // packets per second of a source that has no allocation there

	begin  time.Duration // of a connection without an allocation
	silent time.Duration // after which a room that sends nothing does not know the peer any more
	sweep  time.Duration // between two looks for such allocations
	retry  time.Duration // when a front that could not be opened is tried again
}

var defaultLimits = limits{
	perUser: 32, perSource: 256, perPort: 512, floodRate: 100, floodBurst: 500,
	begin: 20 * time.Second, silent: time.Minute, sweep: 15 * time.Second, retry: 5 * time.Second,
}

const (
	lifetime    = 10 * time.Minute // of an allocation, until it is refreshed (RFC 8656, section 7.2)
	maxValid    = turncred.MaxLife // credentials that claim to be good for longer were not made by a room
	realm       = "gotera"
	maxFrame    = 2048             // bytes of a message: more than any UDP packet of media
	writeLimit  = 10 * time.Second // for a connection to take a message
	idleLimit   = lifetime + time.Minute
	tcpBuffer   = 128 << 10 // bytes that a slow connection may lag behind in the kernel
	relayBuffer = 256 << 10 // bytes from a room that wait for a slow connection; more are lost, as on any slow link
)

// ParseFlags reads the command line of `gotera turn`, and the secret with env. A mistake is an ErrUsage.
func ParseFlags(args []string, env func(string) string) (Config, error) {
	fs := flag.NewFlagSet("gotera turn", flag.ContinueOnError)
	var c Config
	var public string
	fs.IntVar(&c.Port, "port", 3478, "UDP and TCP port; 0: none")
	fs.IntVar(&c.TLSPort, "tls_port", 0, "TLS port; 0: none")
	fs.StringVar(&c.CertFile, "certificate", "", "PEM certificate of the TLS port")
	fs.StringVar(&c.KeyFile, "private_key", "", "PEM key of the TLS port")
	fs.StringVar(&c.Socket, "socket", "", "unix socket for connections that begin with a PROXY header")
	fs.StringVar(&c.Status, "status_socket", "", "unix socket that serves the status")
	fs.IntVar(&c.FirstPort, "first_media_port", 18080, "first media port of this host that is relayed to")
	fs.IntVar(&c.LastPort, "last_media_port", 18130, "last of them")
	fs.StringVar(&public, "public_ip", "", "addresses of this host that it does not know, with a comma between")
	fs.IntVar(&c.MaxAllocations, "max_allocations", 2000, "allocations at once")
	fs.IntVar(&c.Kbps, "max_kbps", 20000, "kbit/s of one allocation, each way; 0: any")
	fs.IntVar(&c.LockFD, "lock_fd", 0, "inherited file to keep open until the end")
	debug := fs.Bool("debug", false, "log more")
	if env(EnvSecret) == "" {
		fs.Usage = func() {
			fmt.Fprintf(fs.Output(), "The secret is in %s: 32 bytes in hexadecimal.\n", EnvSecret)
			fs.PrintDefaults()
		}
	}
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return c, err
		}
		return c, fmt.Errorf("%w: %w", ErrUsage, err)
	}
	if fs.NArg() > 0 {
		return c, fmt.Errorf("%w: unexpected argument %q", ErrUsage, fs.Arg(0))
	}
	for text := range strings.SplitSeq(public, ",") {
		if text == "" {
			continue
		}
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return c, fmt.Errorf("%w: public_ip %q is not an address", ErrUsage, text)
		}
		c.PublicIPs = append(c.PublicIPs, ip)
	}
	var err error
	if c.Secret, err = hex.DecodeString(env(EnvSecret)); err != nil {
		return c, fmt.Errorf("%w: %s is not hexadecimal", ErrUsage, EnvSecret)
	}
	c.Log = Logger(*debug)
	return c, nil
}

// Flags are the arguments from which ParseFlags makes c, but for the secret.
func (c Config) Flags() []string {
	var public []string
	for _, ip := range c.PublicIPs {
		public = append(public, ip.String())
	}
	return []string{
		fmt.Sprintf("--port=%d", c.Port), fmt.Sprintf("--tls_port=%d", c.TLSPort),
		"--certificate=" + c.CertFile, "--private_key=" + c.KeyFile,
		"--socket=" + c.Socket, "--status_socket=" + c.Status,
		fmt.Sprintf("--first_media_port=%d", c.FirstPort), fmt.Sprintf("--last_media_port=%d", c.LastPort),
		"--public_ip=" + strings.Join(public, ","),
		fmt.Sprintf("--max_allocations=%d", c.MaxAllocations), fmt.Sprintf("--max_kbps=%d", c.Kbps),
		fmt.Sprintf("--lock_fd=%d", c.LockFD),
	}
}

// withDefaults checks c.
func (c Config) withDefaults() (Config, error) {
	if len(c.Secret) != turncred.SecretSize {
		return c, fmt.Errorf("%w: the secret has %d bytes, should have %d", ErrUsage, len(c.Secret), turncred.SecretSize)
	}
	if c.FirstPort < 1 || c.LastPort < c.FirstPort || c.LastPort > 65535 {
		return c, fmt.Errorf("%w: %d to %d are not ports", ErrUsage, c.FirstPort, c.LastPort)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.interfaces == nil {
		c.interfaces = net.InterfaceAddrs
	}
	if c.limits == (limits{}) {
		c.limits = defaultLimits
	}
	return c, nil
}

// FromConfig is the part of a Config that follows from rehab's configuration.
func FromConfig(w configs.WebRTC) Config {
	c := Config{
		Port: w.TURNPort, TLSPort: w.TURNTLSPort, CertFile: w.TURNCertificate, KeyFile: w.TURNPrivateKey,
		FirstPort: w.MediaBasePort, LastPort: w.CheckPort(), MaxAllocations: w.TURNMaxAllocations, Kbps: w.TURNMaxKbps,
	}
	if c.CertFile == "" {
		c.TLSPort = 0
	}
	for text := range strings.SplitSeq(w.MediaPublicIP, ",") {
		if ip, err := netip.ParseAddr(strings.TrimSpace(text)); err == nil {
			c.PublicIPs = append(c.PublicIPs, ip)
		}
	}
	return c
}

// Logger writes lines of text to w's standard error.
func Logger(debug bool) *slog.Logger { return newLogger(stderr, debug) }

func newLogger(w io.Writer, debug bool) *slog.Logger {
	level := slog.LevelInfo
	if debug {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}
