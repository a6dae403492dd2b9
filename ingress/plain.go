package ingress

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// recordHandshake is the first byte of a TLS connection (RFC 8446, section 5.1).
const recordHandshake = 22

// plainListener redirects clients that speak plain HTTP on the TLS port to https, as OpenTera's nginx does (its 497).
type plainListener struct {
	net.Listener
	port int // the external one
}

func (l plainListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &plainConn{Conn: c, port: l.port}, nil
}

// plainConn looks at the first byte. It is read by one goroutine at a time.
type plainConn struct {
	net.Conn
	port   int
	looked bool
}

func (c *plainConn) Read(p []byte) (int, error) {
	if c.looked || len(p) == 0 {
		return c.Conn.Read(p)
	}
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.looked = true
		if p[0] != recordHandshake {
			c.redirect(p[:n])
			return 0, io.EOF
		}
	}
	return n, err
}

// redirect answers one plain request, of which the beginning has been read.
func (c *plainConn) redirect(begin []byte) {
	c.Conn.SetDeadline(time.Now().Add(headerTimeout))
	head := io.MultiReader(bytes.NewReader(begin), c.Conn)
	req, err := http.ReadRequest(bufio.NewReader(io.LimitReader(head, 64<<10)))
	if err != nil || req.Host == "" {
		return
	}
	url := *req.URL
	url.Scheme, url.User = "https", nil
	url.Host = fmt.Sprintf("%s:%d", hostname(req.Host, ""), c.port)
	fmt.Fprintf(c.Conn, "HTTP/1.1 301 Moved Permanently\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", url.String())
}
