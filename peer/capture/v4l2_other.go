//go:build !linux

package capture

func givesH264(string) bool { return false }

func forceKeyframe(string) {}
