// Package server is the core as one program: it opens the database and Redis, wires login, registry, websockets and REST
// together and serves them until it is told to stop. Start at Run.
package server

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"

	"github.com/gotera/gotera/configs"
)

// Config configures the core. A zero optional field means its default.
type Config struct {
	Core  configs.Core
	Tests bool // OpenTera's test data in an empty database, and its test requests; never in production
	// TestData is the data of Tests without the requests.
	TestData bool
	Demo     bool // seed demonstration accounts
	// ServicePorts are written into t_services at start, by service key: services read their port from there.
	ServicePorts map[string]int
	BcryptCost   int              // default 12; tests use less
	Listener     net.Listener     // default: listens on Core.Server's address
	Log          *slog.Logger     // default slog.Default()
	OnStarted    func(Started)    // called once, when the core listens and Redis holds the keys
	OnQuery      func(sql string) // told of every SQL statement; for tests
}

// Started is what the operator is told once. Passwords are not stored in clear anywhere else.
type Started struct {
	Addr          string // where the core listens
	AdminPassword string // of the user "admin" if it was just made, else ""
	Demo          *Demo  // nil without Config.Demo
	// SystemServices are the keys of the services that OpenTera's launcher starts (core.md 9.3).
	SystemServices []string
}

// listen opens the core's port.
func (c Config) listen() (net.Listener, error) {
	if c.Listener != nil {
		return c.Listener, nil
	}
	host := c.Core.Server.ListenAddress
	if host == "" {
		host = "127.0.0.1"
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(c.Core.Server.Port)))
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
}
