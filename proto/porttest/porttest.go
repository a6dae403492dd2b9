// Package porttest gives tests ports for processes that they start. What is free when it is looked for may be taken when the process listens, if
// it is of those that the system gives to connections, or another test finds it, too: these are neither.
package porttest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// First and Last port that is given: below those of connections (ip(7), ip_local_port_range), of gotera's own defaults and of tests that look for
// theirs themselves.
const (
	First = 10000
	Last  = 11999
)

// Take returns the first of n ports in a row on which nothing listens, TCP or UDP. They are the test's alone, among all that ask here, until it ends.
func Take(t testing.TB, n int) int {
	t.Helper()
	dir := filepath.Join(os.TempDir(), "gotera-test-ports")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		first := First + rand.IntN(Last-First+2-n)
		if held, ok := hold(dir, first, n); ok {
			t.Cleanup(func() { release(held) })
			return first
		}
	}
	t.Fatalf("no %d free ports in a row", n)
	return 0
}

// hold takes the ports from first on, each by a flock on a file, which ends with the process.
func hold(dir string, first, n int) (held []*os.File, ok bool) {
	for port := first; port < first+n; port++ {
		f, err := os.OpenFile(filepath.Join(dir, fmt.Sprint(port)), os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			release(held)
			return nil, false
		}
		held = append(held, f)
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil || !free(port) {
			release(held)
			return nil, false
		}
	}
	return held, true
}

func release(held []*os.File) {
	for _, f := range held {
		f.Close()
	}
}

// free reports whether nothing listens on port.
func free(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		return false
	}
	defer l.Close()
	c, err := net.ListenPacket("udp", fmt.Sprintf(":%d", port))
	if err != nil {
		return false
	}
	c.Close()
	return true
}
