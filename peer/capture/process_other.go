//go:build !unix

package capture

import "os/exec"

func group(*exec.Cmd) {}

func terminate(cmd *exec.Cmd) { kill(cmd) }

func kill(cmd *exec.Cmd) { cmd.Process.Kill() } //nolint:errcheck // it may have ended
