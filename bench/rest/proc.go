package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// usage is what a process has used so far.
type usage struct {
	cpu       time.Duration
	rss, peak int // KiB
}

func usageOf(pid int) (usage, error) {
	fields, err := stat(pid)
	if err != nil {
		return usage{}, err
	}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return usage{}, err
	}
	value := func(name string) int {
		m := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(raw)
		if m == nil {
			return 0
		}
		n, _ := strconv.Atoi(string(m[1]))
		return n
	}
	return usage{ticks(fields), value("VmRSS"), value("VmHWM")}, nil
}

// stat returns the fields of /proc/pid/stat after the name: the state is number 0.
func stat(pid int) ([]string, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:])), nil
}

// ticks is user and system time; the kernel counts it in hundredths of a second.
func ticks(fields []string) time.Duration {
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// cpuOfChildren adds the time of a process's children: PostgreSQL's connections.
func cpuOfChildren(parent int) time.Duration {
	var sum time.Duration
	if fields, err := stat(parent); err == nil {
		sum = ticks(fields[2:]) // those that ended
	}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range files {
		pid, _ := strconv.Atoi(strings.Split(f, "/")[2])
		if fields, err := stat(pid); err == nil && fields[1] == strconv.Itoa(parent) {
			sum += ticks(fields)
		}
	}
	return sum
}

func loadAverage() string {
	raw, _ := os.ReadFile("/proc/loadavg")
	return strings.Join(strings.Fields(string(raw))[:3], " ")
}
