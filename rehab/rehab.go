// Package rehab is the VideoRehab service: it carries out session_manage (start, stop, invite, remove, invite_reply),
// invites people over Redis, records what happens with the core, and serves the /rehab pages. Room processes are started
// and watched by the room package below it; the core's REST API is called by backend; what the core could not take yet
// waits in outbox. Start at Run, then at the table of calls in rpc.go.
//
// The contract is OpenTera's (reference: rehab.md); where it is weak the file that differs says how.
package rehab

import (
	"log/slog"

	"github.com/gotera/gotera/configs"
)

// Config configures Run.
type Config struct {
	Rehab     configs.Rehab
	StopRooms bool         // stop every session when Run ends; otherwise rooms live on and the next Run finds them again
	Version   string       // shown by /api/config; may be empty
	Log       *slog.Logger // default slog.Default()

	roomEnv     []string // added to the environment of rooms, by tests
	turnProgram []string // the TURN server's, by tests
}
