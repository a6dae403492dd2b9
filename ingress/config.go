// Package ingress is what stands between the network and the processes of gotera: TLS, one table of routes, and the
// headers that OpenTera's services expect of their proxy. The table is served by Run, and written as an NGINX site file
// by NginxConfig for sites that have NGINX; a test sends the same requests through both. Start at routes.go.
package ingress

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
)

// Config says where to listen and what is behind. A zero optional field means its default.
type Config struct {
	Listen            string      // host:port; host may be empty
	CertFile, KeyFile string      // PEM; read again when they change
	TLS               *tls.Config // instead of the two files; Run only
	ClientCAFile      string      // PEM; devices may then identify themselves with a certificate of it; optional

	// Addresses (host:port) of the services. One that is empty has no route of its own, except Core, which is required.
	Core, Rehab, Logs, Files, Email string

	TURN string // unix socket that TURN clients on Listen are handed over to (proto/handover); empty: they are not served

	BasePort    int // HTTP port of the first room
	MaxSessions int // rooms have the ports BasePort to BasePort+MaxSessions-1

	ExternalHost string // as in people's links
	ExternalPort int    // default: the port of Listen

	Log *slog.Logger // default slog.Default()
}

// Defaults is the configuration of a site that changes nothing, with OpenTera's ports; nginx/gotera.conf is made of it.
func Defaults() Config {
	return Config{
		Listen:   ":40075",
		CertFile: "/etc/gotera/site_cert.pem", KeyFile: "/etc/gotera/site_key.pem",
		Core: "127.0.0.1:4040", Logs: "127.0.0.1:4041", Files: "127.0.0.1:4042", Email: "127.0.0.1:4043", Rehab: "127.0.0.1:4070",
		BasePort: 8080, MaxSessions: 50,
		ExternalHost: "localhost", ExternalPort: 40075,
	}
}

// check fills in defaults.
func (c Config) check() (Config, error) {
	if c.Core == "" {
		return c, errors.New("the address of the core is missing")
	}
	if last := c.BasePort + c.MaxSessions - 1; c.MaxSessions < 0 || c.MaxSessions > 0 && (c.BasePort < 1 || last > 65535) {
		return c, fmt.Errorf("%d to %d are not ports for rooms", c.BasePort, last)
	}
	if c.ExternalPort == 0 {
		_, port, err := net.SplitHostPort(c.Listen)
		if err != nil {
			return c, fmt.Errorf("listen address: %w", err)
		}
		if c.ExternalPort, err = strconv.Atoi(port); err != nil {
			return c, fmt.Errorf("listen address: %q is not a port", port)
		}
	}
	if c.ExternalHost == "" {
		c.ExternalHost = "localhost"
	}
	c.ExternalHost = strings.ToLower(c.ExternalHost)
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c, nil
}
