package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/porttest"
)

// Connections of nobody to a room's media port have a bound, and leave room for others.
func TestMediaPortKnocked(t *testing.T) {
	t.Parallel()
	port, media := porttest.Take(t, 1), porttest.Take(t, 1)
	start(t, []string{control.EnvRoomKey + "=" + uuid.NewString()}, "room", fmt.Sprintf("--port=%d", port), fmt.Sprintf("--media_port=%d", media), "--redis_port=1")
	address := fmt.Sprintf("127.0.0.1:%d", media)
	knock := func(from string) net.Conn {
		t.Helper()
		var c net.Conn
		until(t, "media port", func() (err error) {
			c, err = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).Dial("tcp", address)
			return err
		})
		t.Cleanup(func() { c.Close() })
		return c
	}
	open := func(c net.Conn) bool {
		c.SetReadDeadline(time.Now().Add(time.Millisecond))
		_, err := c.Read(make([]byte, 1))
		return errors.Is(err, os.ErrDeadlineExceeded)
	}
	var greedy []net.Conn
	for range 300 {
		greedy = append(greedy, knock("127.0.0.9"))
	}
	other := knock("127.0.0.1")
	dialled := time.Now()
	until(t, "the bound", func() error {
		n := 0
		for _, c := range greedy {
			if open(c) {
				n++
			}
		}
		if n > 128 {
			return fmt.Errorf("%d connections of one address are open", n)
		}
		return nil
	})
	if time.Since(dialled) > 4*time.Second { // then ICE closes them
		t.Fatal("one address may have any number of connections")
	}
	if !open(other) {
		t.Error("another address lost its connection")
	}
}
