package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// memory returns the resident and the proportional set size of a process in KiB.
func memory(pid int) (rss, pss int, err error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, 0, err
	}
	value := func(name string) int {
		m := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(raw)
		if m == nil {
			return 0
		}
		n, _ := strconv.Atoi(string(m[1]))
		return n
	}
	return value("Rss"), value("Pss"), nil
}

// listenerPID finds the gotera room that was given a port on its command line.
func listenerPID(port string) (int, error) {
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		args := strings.Split(string(raw), "\x00")
		if len(args) > 2 && args[1] == "room" {
			for _, a := range args[2:] {
				if a == "--port="+port {
					return strconv.Atoi(strings.Split(f, "/")[2])
				}
			}
		}
	}
	return 0, fmt.Errorf("no room process on port %s", port)
}
