package ingress

import (
	"net"
	"strconv"
	"strings"
	"time"
)

const (
	bodyLimit = 100 << 20 // bytes of one request, as OpenTera
	fileLimit = 500 << 20 // of an uploaded file

	readTimeout      = 60 * time.Second // without a word from a service
	websocketTimeout = 30 * time.Second // on /wss, where the core pings every 10 s
)

// route is one line of the table. Requests go to the route with the longest matching path.
type route struct {
	path   string // prefix of the request's path
	target string // host:port; empty for a room, whose port is the next element of the path

	strip   bool // path (and a room's port) is taken off before the request is passed on
	upgrade bool // websockets may pass
	device  bool // the service believes client certificates
	stream  bool // answers arrive bit by bit (server-sent events)

	script  string // X-Script-Name
	body    int64  // largest request body, bytes
	timeout time.Duration
}

// routes is the table, for the services that the configuration has (core.md 9 and 10, rehab.md 2).
func (c Config) routes() []route {
	all := []route{
		{path: "/", target: c.Core, script: "/", device: true},
		{path: "/wss", target: c.Core, script: "/", upgrade: true, timeout: websocketTimeout},
		{path: "/log/", target: c.Logs, script: "/log", strip: true},
		{path: "/file/", target: c.Files, script: "/file", strip: true, body: fileLimit},
		{path: "/email/", target: c.Email, script: "/email", strip: true},
		{path: "/rehab/", target: c.Rehab, script: "/rehab", strip: true, stream: true},
		{path: "/robot/api/session/manager", target: c.Rehab, script: "/robot"}, // rehab.RobotStopPath
		{path: "/webrtc/", script: "/webrtc/", strip: true, upgrade: true},
		{path: "/websocket/", script: "/websocket/", upgrade: true}, // rooms serve /websocket/<port>/ under that very path
	}
	var routes []route
	for _, r := range all {
		if r.target == "" && !r.room() {
			continue
		}
		if r.body == 0 {
			r.body = bodyLimit
		}
		if r.timeout == 0 {
			r.timeout = readTimeout
		}
		routes = append(routes, r)
	}
	return routes
}

// room reports whether the route leads to rooms.
func (r route) room() bool { return r.path == "/webrtc/" || r.path == "/websocket/" }

// match returns the route of a request's path, which has no dot segments.
func match(routes []route, path string) (best *route) {
	for i, r := range routes {
		if strings.HasPrefix(path, r.path) && (best == nil || len(r.path) > len(best.path)) {
			best = &routes[i]
		}
	}
	return best
}

// roomAddr returns the address of the room that a path of route r names, and the length of the prefix to strip. It
// reports false for anything but a port of a room, in plain digits.
func (c Config) roomAddr(r *route, path string) (addr string, prefix int, ok bool) {
	text, _, found := strings.Cut(path[len(r.path):], "/")
	port, err := strconv.Atoi(text)
	if !found || err != nil || strconv.Itoa(port) != text || port < c.BasePort || port >= c.BasePort+c.MaxSessions {
		return "", 0, false
	}
	return net.JoinHostPort("127.0.0.1", text), len(r.path) + len(text), true
}
