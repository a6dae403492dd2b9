//go:build unix

package capture

import (
	"os/exec"
	"syscall"
)

// group makes cmd and what it starts a process group, which ends together.
func group(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func terminate(cmd *exec.Cmd) { syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) } //nolint:errcheck // it may have ended

func kill(cmd *exec.Cmd) { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } //nolint:errcheck // likewise
