package turn

import (
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/porttest"
)

// Connections of one front give way to those of another at any moment, also before they are encrypted.
func TestConnectionsGiveWayToThoseOfOtherFronts(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	p := newPlace(t, 1, func(c *Config) {
		c.TLSPort, c.CertFile, c.KeyFile = porttest.Take(t, 1), cert, key
		c.limits.perSource, c.limits.floodRate, c.limits.floodBurst = 1, 1e6, 1e6 // one connection of a source
		c.limits.retry = 20 * time.Millisecond
	})
	issue(t, cert, key, "turn") // later than the start: newPlace waits for the other three
	p.await("TLS", func(st Status) bool { return st.Open[FrontTLS] })
	var dialing sync.WaitGroup
	for _, port := range []int{p.cfg.Port, p.cfg.TLSPort} {
		dialing.Go(func() {
			for range 300 {
				c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
				if err != nil {
					t.Error(err)
					return
				}
				t.Cleanup(func() { c.Close() })
			}
		})
	}
	dialing.Wait()
	p.await("one place", func(st Status) bool { return st.Connections == 1 })
}
