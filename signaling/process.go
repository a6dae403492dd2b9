package signaling

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Process says what the process of a room may take of the machine, so that a room that leaks or burns harms no other. A zero
// field leaves things as they are.
type Process struct {
	Procs       int   // threads that run Go code at once: one is enough for a room, and leaves the others theirs
	GCPercent   int   // debug.SetGCPercent
	MemoryLimit int64 // bytes; the collector works harder beyond it (debug.SetMemoryLimit)
	MemoryMax   int64 // bytes of its own; beyond it the room ends with ErrMemory, to be started again
	OOMScore    int   // -1000 to 1000, added to the kernel's score: when memory is short it kills the highest first
	Nice        int   // 0 to 19: priority below others
	Files       uint64
	Slice       time.Duration // for which it may keep a processor that another room wants; Linux 6.12 and newer
}

// What a room process takes unless it is told otherwise.
const (
	defaultMemoryMax = 384 // MiB
	defaultOOMScore  = 500
	roomSlice        = 200 * time.Microsecond
	roomFiles        = 4096 // descriptors: 128 websockets, 64 ICE-TCP connections, pages being fetched
)

// memoryPeriod is how often a room looks how much memory it uses.
const memoryPeriod = time.Second

// apply sets the process up. Refusals of the kernel are no reason to fail: the limits help other rooms, not this one.
func (p Process) apply() {
	if p.Procs > 0 {
		runtime.GOMAXPROCS(p.Procs)
	}
	if p.GCPercent != 0 {
		debug.SetGCPercent(p.GCPercent)
	}
	if p.MemoryLimit != 0 {
		debug.SetMemoryLimit(p.MemoryLimit)
	}
	if p.MemoryMax != 0 { // what leaks faster than watchMemory looks; Go reserves more than it uses
		limit := uint64(4*p.MemoryMax + 256<<20)
		_ = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: limit, Max: limit})
	}
	if p.OOMScore != 0 {
		_ = os.WriteFile("/proc/self/oom_score_adj", []byte(strconv.Itoa(p.OOMScore)), 0)
	}
	if p.Files != 0 {
		var now unix.Rlimit
		if unix.Getrlimit(unix.RLIMIT_NOFILE, &now) == nil {
			n := min(p.Files, now.Max)
			_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: n, Max: n})
		}
	}
	if p.Nice > 0 || p.Slice > 0 {
		p.schedule()
	}
}

// watchMemory returns an ErrMemory when the process uses more than limit bytes, and nil with ctx.
func watchMemory(ctx context.Context, limit int64) error {
	tick := time.NewTicker(memoryPeriod)
	defer tick.Stop()
	var t trimmer
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		used := ownMemory()
		if used > limit {
			return fmt.Errorf("%w: %d MiB used, at most %d", ErrMemory, used>>20, limit>>20)
		}
		if t.due(used) {
			debug.FreeOSMemory()
			t.trimmed(ownMemory())
		}
	}
}

// trimmer says when to give back what the start of the process, or a peer's joining, has left behind: when memory has grown
// and then been the same for a while. It costs one collection, about a millisecond.
type trimmer struct {
	floor  int64 // after the last time
	last   int64
	steady int // looks at which nothing changed
}

const (
	trimGrowth = 512 << 10 // bytes
	trimSteady = 3         // looks
)

func (t *trimmer) due(used int64) bool {
	if diff := used - t.last; diff > trimGrowth/4 || diff < -trimGrowth/4 {
		t.steady = 0
	} else {
		t.steady++
	}
	t.last = used
	return t.steady >= trimSteady && used > t.floor+trimGrowth
}

// trimmed takes what is used after a collection. What did not go then is needed: more must come before the next.
func (t *trimmer) trimmed(used int64) { t.floor, t.last, t.steady = used+used/4, used, 0 }

// ownMemory is the resident memory that the process shares with nobody, in bytes; 0 where /proc is missing.
func ownMemory() int64 {
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw))
	if len(fields) < 3 {
		return 0
	}
	resident, err1 := strconv.ParseInt(fields[1], 10, 64)
	shared, err2 := strconv.ParseInt(fields[2], 10, 64)
	if err1 != nil || err2 != nil {
		return 0
	}
	return (resident - shared) * int64(os.Getpagesize())
}
