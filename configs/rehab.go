package configs

import (
	"fmt"
	"net"
	"strconv"
)

// Rehab configures `gotera rehab`; the shape is that of OpenTera's VideoRehabService.json (rehab.md 1), plus the keys
// marked "gotera".
type Rehab struct {
	Service Service `json:"Service"`
	Backend Backend `json:"Backend"`
	Redis   Redis   `json:"Redis"`
	WebRTC  WebRTC  `json:"WebRTC"`
}

// Service is the HTTP side of the service. Hostname and Port are replaced by what the core registers in Redis.
type Service struct {
	Name      string `json:"name"` // the service key
	Hostname  string `json:"hostname"`
	Port      int    `json:"port"`
	DebugMode bool   `json:"debug_mode"`

	MetricsListen string `json:"metrics_listen"` // gotera: host:port of the Prometheus endpoint; empty: none
}

// Backend is the core's REST API as this service reaches it.
type Backend struct {
	Hostname string `json:"hostname"`
	Port     int    `json:"port"`
	Scheme   string `json:"scheme"`         // gotera: "https" (default) or "http" for a core on loopback
	CA       string `json:"ca_certificate"` // gotera: PEM file that signs the backend's certificate; empty: not verified, as OpenTera
}

// URL is the base of the core's REST API, without a final slash.
func (b Backend) URL() string { return fmt.Sprintf("%s://%s:%d", b.Scheme, b.Hostname, b.Port) }

// WebRTC configures the room processes.
type WebRTC struct {
	Hostname         string `json:"hostname"`      // external host put in session URLs
	ExternalPort     int    `json:"external_port"` // external port put in session URLs
	LocalBasePort    int    `json:"local_base_port"`
	MaxSessions      int    `json:"max_sessions"`
	WorkingDirectory string `json:"working_directory"`     // of the room processes; empty: the service's own
	Executable       string `json:"executable"`            // empty: this program
	Script           string `json:"script"`                // first argument
	MediaBasePort    int    `json:"media_base_port"`       // gotera: UDP and TCP media port of the first room
	MediaPublicIP    string `json:"media_public_ip"`       // gotera: addresses put in ICE candidates, at most one per family, with a comma between; empty: the host's own
	ICELite          bool   `json:"ice_lite"`              // gotera: for hosts with a public address of their own
	RoomMaxPeers     int    `json:"room_max_peers"`        // gotera: peers in a room at once: pages, robots, players and publishers
	RoomMemoryMB     int    `json:"room_memory_mb"`        // gotera: MiB that a room process may use before it is started again
	RoomOOMScore     int    `json:"room_oom_score"`        // gotera: oom_score_adj of room processes (proc(5))
	RoomNice         int    `json:"room_nice"`             // gotera: nice value of room processes
	StateDirectory   string `json:"state_directory"`       // gotera: session records and port locks, kept over restarts
	GraceSeconds     int    `json:"creator_grace_seconds"` // gotera: how long a session outlives its creator's websocket

	TURN
}

func (c Rehab) check(file string) error {
	for _, err := range []error{
		required(file, "Service.name", c.Service.Name),
		port(file, "Service.port", c.Service.Port),
		required(file, "Backend.hostname", c.Backend.Hostname),
		port(file, "Backend.port", c.Backend.Port),
		required(file, "Redis.hostname", c.Redis.Hostname),
		port(file, "Redis.port", c.Redis.Port),
		required(file, "WebRTC.hostname", c.WebRTC.Hostname),
		port(file, "WebRTC.external_port", c.WebRTC.ExternalPort),
		port(file, "WebRTC.local_base_port", c.WebRTC.LocalBasePort),
		port(file, "WebRTC.media_base_port", c.WebRTC.MediaBasePort),
		required(file, "WebRTC.state_directory", c.WebRTC.StateDirectory),
		address(file, "Service.metrics_listen", c.Service.MetricsListen),
	} {
		if err != nil {
			return err
		}
	}
	if c.Backend.Scheme != "http" && c.Backend.Scheme != "https" {
		return &Error{File: file, Key: "Backend.scheme", Reason: fmt.Sprintf("%q is neither http nor https", c.Backend.Scheme)}
	}
	if c.WebRTC.MaxSessions < 1 || c.WebRTC.MaxSessions > 10000 {
		return &Error{File: file, Key: "WebRTC.max_sessions", Reason: fmt.Sprintf("%d is not between 1 and 10000", c.WebRTC.MaxSessions)}
	}
	if c.WebRTC.GraceSeconds < 0 {
		return &Error{File: file, Key: "WebRTC.creator_grace_seconds", Reason: "is negative"}
	}
	for _, n := range []struct {
		key           string
		value, lo, hi int
	}{
		{"WebRTC.room_max_peers", c.WebRTC.RoomMaxPeers, 2, 100},
		{"WebRTC.room_memory_mb", c.WebRTC.RoomMemoryMB, 64, 1 << 20},
		{"WebRTC.room_oom_score", c.WebRTC.RoomOOMScore, -1000, 1000},
		{"WebRTC.room_nice", c.WebRTC.RoomNice, 0, 19},
	} {
		if n.value < n.lo || n.value > n.hi {
			return &Error{File: file, Key: n.key, Reason: fmt.Sprintf("%d is not between %d and %d", n.value, n.lo, n.hi)}
		}
	}
	if err := CheckPublicIPs(c.WebRTC.MediaPublicIP); err != nil {
		return &Error{File: file, Key: "WebRTC.media_public_ip", Reason: err.Error()}
	}
	last := max(c.WebRTC.LocalBasePort+c.WebRTC.MaxSessions-1, c.WebRTC.CheckPort())
	if err := port(file, "WebRTC.max_sessions", last); err != nil {
		return &Error{File: file, Key: "WebRTC.max_sessions", Reason: fmt.Sprintf("the last port, that of connectivity tests included, would be %d", last)}
	}
	if err := c.WebRTC.TURN.check(file); err != nil {
		return err
	}
	local, media := c.WebRTC.LocalBasePort, c.WebRTC.MediaBasePort
	if local < media+c.WebRTC.MaxSessions+1 && media < local+c.WebRTC.MaxSessions {
		return &Error{File: file, Key: "WebRTC.media_base_port", Reason: "its range overlaps that of local_base_port"}
	}
	return nil
}

// address accepts "" and host:port; the host may be empty, which is every address of the machine.
func address(file, key, value string) error {
	if value == "" {
		return nil
	}
	_, text, err := net.SplitHostPort(value)
	if n, perr := strconv.Atoi(text); err != nil || perr != nil || n < 0 || n > 65535 {
		return &Error{File: file, Key: key, Reason: fmt.Sprintf("%q is not host:port", value)}
	}
	return nil
}
