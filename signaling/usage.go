package signaling

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gotera/gotera/proto/control"
)

// usage is what this process takes of the machine. Resident memory is only known where there is /proc (proc(5), statm).
func usage() control.Process {
	p := control.Process{Goroutines: runtime.NumGoroutine()}
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) == nil {
		p.CPU = (time.Duration(r.Utime.Nano()) + time.Duration(r.Stime.Nano())).Seconds()
	}
	raw, err := os.ReadFile("/proc/self/statm")
	if fields := strings.Fields(string(raw)); err == nil && len(fields) > 1 {
		pages, _ := strconv.ParseUint(fields[1], 10, 64)
		p.Resident = pages * uint64(os.Getpagesize())
	}
	return p
}
