package room

import (
	"debug/buildinfo"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"
)

// builtWithin is how much older than this program the other may be: they are built by one command.
const builtWithin = time.Minute

// Program returns the program that runs rooms in place of executable, this program: "<executable>-room" beside it, which needs
// half of the memory. It is executable itself when there is none, or one of another build.
func Program(executable string) string {
	if real, err := filepath.EvalSymlinks(executable); err == nil {
		executable = real
	}
	lean := executable + "-room"
	info, err := os.Stat(lean)
	if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return executable
	}
	if whole, err := os.Stat(executable); err != nil || info.ModTime().Before(whole.ModTime().Add(-builtWithin)) {
		return executable // only one of them was built anew since
	}
	own, ok := debug.ReadBuildInfo()
	other, err := buildinfo.ReadFile(lean)
	if !ok || err != nil || commit(own) != commit(other) || own.GoVersion != other.GoVersion {
		return executable
	}
	return lean
}

// commit is what a program was built from; empty when it was built without version control.
func commit(info *debug.BuildInfo) string {
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
