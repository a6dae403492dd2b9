package room

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gotera/gotera/proto/control"
)

// Sweep ends the rooms of this directory that are not known: rehab was killed between their launch and their record. It
// must return before the first Start.
func (h *Host) Sweep(ctx context.Context, known func(port int) bool) {
	paths, _ := filepath.Glob(filepath.Join(h.cfg.Dir, "*.sock"))
	for _, path := range paths {
		port, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(path), ".sock"))
		if err != nil || known(port) {
			continue
		}
		if lock, err := h.ports.Lock(port); err == nil {
			os.Remove(path) // of a dead room
			lock.Release()
			continue
		}
		h.log.Warn("ending a room that belongs to no session", "port", port)
		stopCtx, cancel := context.WithTimeout(ctx, stopTimeout)
		c := control.NewClient(h.files.socket(port))
		if err := c.Stop(stopCtx, control.ReasonStopped); err != nil {
			h.log.Warn("room that belongs to no session does not end", "port", port, "err", err)
		}
		c.Close()
		cancel()
	}
}
