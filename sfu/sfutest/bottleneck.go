package sfutest

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"
)

// Link is a bottleneck on the way to a client, through which everything has to pass in order. The zero value is none.
type Link struct {
	Rate  int64         // bit/s
	Queue time.Duration // longest wait: what would wait longer is lost; default 500 ms
	Delay time.Duration // on top
}

// bottleneck is a Link at work.
type bottleneck struct {
	udp   *net.UDPConn
	link  Link
	rate  atomic.Int64
	queue chan delayed
	err   error // why queue was closed
}

type delayed struct {
	b    []byte
	addr net.Addr
	due  time.Time
}

func newBottleneck(udp *net.UDPConn, l Link) *bottleneck {
	if l.Queue == 0 {
		l.Queue = 500 * time.Millisecond
	}
	n := &bottleneck{udp: udp, link: l, queue: make(chan delayed, 4096)}
	n.rate.Store(l.Rate)
	go n.run() // until the socket is closed
	return n
}

// run takes packets from the socket and says when each is due.
func (n *bottleneck) run() {
	defer close(n.queue)
	b := make([]byte, 2000)
	var free time.Time
	for {
		size, addr, err := n.udp.ReadFrom(b)
		if err != nil {
			n.err = err
			return
		}
		now := time.Now()
		if free.Before(now) {
			free = now
		}
		if free.Sub(now) > n.link.Queue {
			continue
		}
		const headers = 28 // UDP and IP
		free = free.Add(time.Duration(int64(size+headers) * 8 * int64(time.Second) / n.rate.Load()))
		select {
		case n.queue <- delayed{append([]byte(nil), b[:size]...), addr, free.Add(n.link.Delay)}:
		default:
		}
	}
}

// read returns the next packet that has come through.
func (c *lossyConn) read(b []byte) (int, net.Addr, error) {
	if c.slow == nil {
		return c.UDPConn.ReadFrom(b)
	}
	p, ok := <-c.slow.queue
	if !ok {
		return 0, nil, c.slow.err
	}
	time.Sleep(time.Until(p.due))
	return copy(b, p.b), p.addr, nil
}

// SetRate changes the rate of the client's Link, in bit/s.
func (c *Client) SetRate(rate int64) { c.network.slow.rate.Store(rate) }

// interceptors registers Pion's, with transport-wide feedback if the client is to give it: then the room estimates its
// bandwidth, and the test depends on how busy the machine is.
func (c *Client) interceptors(media *webrtc.MediaEngine, reg *interceptor.Registry) error {
	if c.opt.Feedback {
		return webrtc.RegisterDefaultInterceptors(media, reg)
	}
	if err := webrtc.ConfigureNack(media, reg); err != nil {
		return err
	}
	if err := webrtc.ConfigureRTCPReports(reg); err != nil {
		return err
	}
	return webrtc.ConfigureSimulcastExtensionHeaders(media)
}
