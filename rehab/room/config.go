// Package room starts the process of a session, watches it, starts it again on its port when it dies, and finds it
// again when rehab itself was restarted. Start at Host; a Room is supervised by one goroutine, in supervise.go.
package room

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/proto/control"
)

// Limits of one room's life.
const (
	readyTimeout  = 10 * time.Second       // from launch to ready, when the caller's context has no earlier end
	stopTimeout   = 2 * time.Second        // from the request to stop until it is killed
	healthPeriod  = 5 * time.Second        // between two looks at /status
	healthTimeout = 10 * time.Second       // for one look
	healthMisses  = 3                      // failed looks in a row until a room that is alive is taken for dead
	quickDeath    = 10 * time.Second       // a room that dies sooner after it was ready ...
	maxQuick      = 5                      // ... so many times in a row is given up
	firstBackOff  = 100 * time.Millisecond // before the second restart in a row, then doubled; the first is at once
	lastBackOff   = 2 * time.Second
	maxLog        = 4 << 20 // bytes of a room's log file, emptied when it has more
)

// Config configures a Host.
type Config struct {
	Dir        string   // lock files, sockets and logs, one of each per port
	Program    []string // executable and its first arguments; required
	WorkingDir string   // empty: that of rehab
	Env        []string // added to the environment

	BasePort, MaxSessions int
	MediaBasePort         int // the room on BasePort+i has its media on MediaBasePort+i
	MediaPublicIP         string
	ICELite               bool
	ExternalHost          string
	Relay                 Relay // nil: no TURN
	MaxPeers              int   // in a room at once; 0: the program's default
	MemoryMB              int   // that a room may use before it ends, to be started again; 0: the program's default
	OOMScore, Nice        int   // of room processes (proc(5), setpriority(2))
	Redis                 configs.Redis
	Debug                 bool
	Log                   *slog.Logger
}

// Relay is the TURN server by which peers can reach the rooms.
type Relay interface {
	URLs(ctx context.Context) []string
	Key(mediaPort int) []byte // with which the room on that port makes credentials
}

// Spec is what stays the same when a room is started again.
type Spec struct {
	Port   int
	Key    string // shared key, uuid4
	Secret []byte // makes the invitee keys
}

// Process names one process beyond the reuse of its number. The zero value names none.
type Process struct {
	PID     int    `json:"pid"`
	Started uint64 `json:"started"` // clock ticks since boot (proc(5), stat field 22)
}

// Owner is the session that a room belongs to. RoomEvent is called in order from one goroutine; no method may wait for
// the room.
type Owner interface {
	Describe() control.Session
	RoomEvent(control.Event)
	RoomStarted(Process) // also after each restart, before the room is ready
	RoomLost(error)      // it died too often and is not started again
}

// ExitError is a room process that ended by itself.
type ExitError struct {
	Code   int    // -1 when killed by a signal, or unknown
	Reason string // the last line of its log
}

func (e *ExitError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("room process ended with code %d", e.Code)
	}
	return fmt.Sprintf("room process ended with code %d: %s", e.Code, e.Reason)
}

// Errors of starting a room, besides ErrNoFreePort and *ExitError.
var (
	ErrExecutable = errors.New("room program cannot be started")
	ErrNotReady   = errors.New("room process is not ready in time")
	ErrStopped    = errors.New("room is stopped")
)
