package connectivity

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
)

// Somebody who takes TCP connections as quickly as they are closed keeps nobody from testing TCP.
func TestOneClientLeavesPlacesToOthers(t *testing.T) {
	e := newEcho(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	var greedy, taken sync.WaitGroup
	defer greedy.Wait()
	defer cancel()
	address := net.JoinHostPort("127.0.0.1", itoa(e.Port()))
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}, Timeout: time.Second}
	for range 600 {
		taken.Add(1)
		greedy.Go(func() {
			once := sync.OnceFunc(taken.Done)
			defer once()
			for ctx.Err() == nil {
				if c, err := d.DialContext(ctx, "tcp", address); err == nil {
					once()
					stop := context.AfterFunc(ctx, func() { c.Close() })
					c.Read(make([]byte, 1)) // until it is closed
					stop()
					c.Close()
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	taken.Wait()
	for range 3 {
		began := time.Now()
		c := newClient(t, webrtc.NetworkTypeTCP4)
		c.connect(e, "a")
		if err := c.channel.SendText("hello"); err != nil {
			t.Fatal(err)
		}
		await(t, "an echo", c.heard)
		if took := time.Since(began); took > 3*time.Second { // others than the first way are given up by then
			t.Errorf("an echo after %v", took)
		}
	}
}
