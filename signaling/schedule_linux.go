package signaling

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// schedule sets up all threads: Linux gives each its own priority and slice, and those made later inherit them. A room that wakes
// up for a packet takes the place of one that has used up its slice at once.
func (p Process) schedule() {
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			continue
		}
		attr, err := unix.SchedGetAttr(id, 0)
		if err != nil || attr.Policy != unix.SCHED_NORMAL {
			continue // somebody else has chosen
		}
		attr.Nice = max(attr.Nice, int32(p.Nice))
		attr.Runtime = uint64(p.Slice.Nanoseconds())
		_ = unix.SchedSetAttr(id, attr, 0)
	}
}
