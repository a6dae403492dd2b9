package ingress

import (
	"context"
	"net"
	"net/http"
	"time"
)

// newTransport connects to services on this machine or nearby.
func newTransport(timeout time.Duration) *http.Transport {
	d := &net.Dialer{Timeout: 5 * time.Second}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := d.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return idleConn{Conn: c, timeout: timeout}, nil
		},
		DisableCompression:     true,
		DisableKeepAlives:      true, // a connection that a restarted service left behind would fail a POST
		MaxResponseHeaderBytes: 64 << 10,
	}
}
