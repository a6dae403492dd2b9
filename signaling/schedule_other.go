//go:build !linux

package signaling

import "golang.org/x/sys/unix"

// schedule sets the priority.
func (p Process) schedule() { _ = unix.Setpriority(unix.PRIO_PROCESS, 0, p.Nice) }
