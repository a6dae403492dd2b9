package signaling

import (
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/gotera/gotera/proto/control"
)

// ParseRoomFlags reads the command line of `gotera room`: the arguments that OpenTera's service passes to its Node
// script (rehab.md 2), and ours. Our own launcher passes secrets in the environment, read with env, which a flag
// overrides. A mistake is an ErrUsage; flag.ErrHelp means that the usage was written to standard error.
func ParseRoomFlags(args []string, env func(string) string) (Config, error) {
	fs := flag.NewFlagSet("gotera room", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	var c Config
	var redisHost string
	var redisPort int
	var localSSL bool
	var turnURLs string
	fs.BoolVar(&c.Debug, "debug", false, "log more")
	fs.IntVar(&c.Port, "port", 8080, "HTTP port on 127.0.0.1")
	fs.StringVar(&c.Key, "key", env(control.EnvRoomKey), "shared key of the session; or "+control.EnvRoomKey)
	fs.StringVar(&redisHost, "redis_hostname", "127.0.0.1", "Redis server")
	fs.IntVar(&redisPort, "redis_port", 6379, "Redis port")
	fs.IntVar(&c.RedisDB, "redis_db", 0, "Redis database")
	fs.StringVar(&c.RedisUsername, "redis_username", "", "Redis user")
	fs.StringVar(&c.RedisPassword, "redis_password", env(control.EnvRedisPassword), "Redis password; or "+control.EnvRedisPassword)
	fs.BoolVar(&localSSL, "local_ssl", false, "not supported: the proxy speaks TLS")
	fs.IntVar(&c.MediaPort, "media_port", 0, "UDP and TCP port of the media; 0: port + 10000")
	fs.StringVar(&c.MediaPublicIP, "media_public_ip", "", "addresses in ICE candidates instead of the host's own: one per family, with a comma between")
	fs.BoolVar(&c.ICELite, "ice_lite", false, "ICE-lite, for hosts that peers reach without NAT")
	fs.StringVar(&turnURLs, "turn_urls", "", "URLs of the TURN server, with commas; its key comes in "+control.EnvTURNKey)
	fs.IntVar(&c.MaxPeers, "max_peers", defaultMaxPeers, "peers at once")
	memory := fs.Int64("memory_mb", defaultMemoryMax, "memory that the room may use, in MiB; beyond it it ends, to be started again; 0: any")
	fs.IntVar(&c.Process.OOMScore, "oom_score", defaultOOMScore, "added to the kernel's score for what to end first when memory is short")
	fs.IntVar(&c.Process.Nice, "nice", 0, "0 to 19: priority below others")
	fs.StringVar(&c.ExternalHost, "external_host", "", "host name in the session's URLs")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fs.SetOutput(os.Stderr)
			fs.Usage()
			return Config{}, err
		}
		return Config{}, fmt.Errorf("%w: %w", ErrUsage, err)
	}
	if fs.NArg() > 0 {
		return Config{}, fmt.Errorf("%w: unexpected argument %q", ErrUsage, fs.Arg(0))
	}
	if localSSL {
		return Config{}, fmt.Errorf("%w: local_ssl is not supported: let the proxy speak TLS", ErrUsage)
	}
	switch p := &c.Process; {
	case c.MaxPeers < 1 || c.MaxPeers > 1000:
		return Config{}, fmt.Errorf("%w: max_peers %d is not between 1 and 1000", ErrUsage, c.MaxPeers)
	case *memory < 0 || *memory > 1<<20:
		return Config{}, fmt.Errorf("%w: memory_mb %d is not between 0 and %d", ErrUsage, *memory, 1<<20)
	case p.OOMScore < -1000 || p.OOMScore > 1000:
		return Config{}, fmt.Errorf("%w: oom_score %d is not between -1000 and 1000", ErrUsage, p.OOMScore)
	case p.Nice < 0 || p.Nice > 19:
		return Config{}, fmt.Errorf("%w: nice %d is not between 0 and 19", ErrUsage, p.Nice)
	}
	if turnURLs != "" {
		c.TURNURLs = strings.Split(turnURLs, ",")
	}
	c.Process.MemoryMax = *memory << 20
	c.Process.Files = roomFiles
	c.Process.Slice = roomSlice
	c.RedisAddr = net.JoinHostPort(redisHost, strconv.Itoa(redisPort))
	if err := c.fromEnv(env); err != nil {
		return Config{}, err
	}
	c, err := c.withDefaults()
	c.Log = nil // the caller's
	return c, err
}

// fromEnv reads what only our own launcher gives, and tunes the process unless the operator did (GOMAXPROCS, GOGC,
// GOMEMLIMIT): also when OpenTera's service launches it.
func (c *Config) fromEnv(env func(string) string) error {
	secret, err := hex.DecodeString(env(control.EnvRoomSecret))
	if err != nil {
		return fmt.Errorf("%w: %s is not hexadecimal", ErrUsage, control.EnvRoomSecret)
	}
	c.Secret = secret
	if c.TURNKey, err = hex.DecodeString(env(control.EnvTURNKey)); err != nil {
		return fmt.Errorf("%w: %s is not hexadecimal", ErrUsage, control.EnvTURNKey)
	}
	for _, fd := range []struct {
		name string
		into *int
	}{{control.EnvControlFD, &c.ControlFD}, {control.EnvLockFD, &c.LockFD}} {
		text := env(fd.name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 3 {
			return fmt.Errorf("%w: %s is not the number of an inherited file", ErrUsage, fd.name)
		}
		*fd.into = n
	}
	if env("GOGC") == "" {
		c.Process.GCPercent = 25 // there is hardly any garbage: a collection every few seconds
	}
	if env("GOMEMLIMIT") == "" {
		c.Process.MemoryLimit = c.Process.MemoryMax / 2
	}
	if env("GOMAXPROCS") == "" {
		c.Process.Procs = 1
	}
	return nil
}
