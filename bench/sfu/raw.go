package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// measureRaw runs a loop per room that makes the same frames, seals each packet for each subscriber with AES-128-GCM and
// sends it, and nothing else: what no server can go below with that way of sending. Sockets of this process receive.
func measureRaw(ctx context.Context, o options, c load, s *side) (result, error) {
	var got atomic.Int64
	var wg sync.WaitGroup
	var loops []*process
	defer func() { stopAll(loops) }()
	var sockets []*net.UDPConn
	defer func() {
		for _, u := range sockets {
			_ = u.Close()
		}
		wg.Wait()
	}()
	var pids []int
	for range c.rooms {
		var dests []string
		for range c.subscribers {
			u, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				return result{}, err
			}
			sockets = append(sockets, u)
			dests = append(dests, u.LocalAddr().String())
			wg.Go(func() {
				buf := make([]byte, 2000)
				for {
					if _, _, err := u.ReadFromUDPAddrPort(buf); err != nil {
						return
					}
					got.Add(1)
				}
			})
		}
		p, err := spawn(exec.Command(s.self, "raw", "-mode="+s.raw, "-to="+strings.Join(dests, ",")), "GOMAXPROCS=1", "GOGC=50")
		if err != nil {
			return result{}, err
		}
		loops, pids = append(loops, p), append(pids, p.pid())
	}
	if err := sleep(ctx, time.Second); err != nil {
		return result{}, err
	}
	stopPerf := perf(ctx, o, c, s, pids)
	defer stopPerf()
	before, err := cpuOf(pids)
	if err != nil {
		return result{}, err
	}
	first := got.Load()
	if err := sleep(ctx, o.measure); err != nil {
		return result{}, err
	}
	after, err := cpuOf(pids)
	n := int(got.Load() - first)
	return result{rooms: c.rooms, streams: c.streams(), cpu: after - before, delivered: n, sent: n}, err
}

// rawLoop is the child process of measureRaw.
type rawLoop struct {
	udp   *net.UDPConn
	aead  cipher.AEAD
	dests []netip.AddrPort
	nonce [12]byte
	buf   []byte // the sealed packets of one frame for one destination, or for all
}

func sendRaw(args []string) error {
	fs := flag.NewFlagSet("raw", flag.ContinueOnError)
	mode := fs.String("mode", "sendto", "sendto or gso")
	to := fs.String("to", "", "addresses")
	if err := fs.Parse(args); err != nil {
		return err
	}
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		return err
	}
	l := &rawLoop{buf: make([]byte, 0, 4<<20)}
	if l.aead, err = cipher.NewGCM(block); err != nil {
		return err
	}
	if l.udp, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		return err
	}
	for text := range strings.SplitSeq(*to, ",") {
		dest, err := netip.ParseAddrPort(text)
		if err != nil {
			return err
		}
		l.dests = append(l.dests, dest)
	}
	send := l.sendto
	switch *mode {
	case "sendto":
	case "gso":
		if send, err = l.gso(); err != nil {
			return err
		}
	default:
		return fmt.Errorf("no mode %q", *mode)
	}
	ticker := time.NewTicker(frameInterval)
	for frame := 0; ; frame++ {
		<-ticker.C
		if err := send(frame%keyframeEvery == 0); err != nil {
			return err
		}
	}
}

// seal appends a sealed packet with a payload of size bytes.
func (l *rawLoop) seal(size int) []byte {
	const header = 12
	begin := len(l.buf)
	l.buf = l.buf[:begin+header+size]
	p := l.buf[begin:]
	p[0], p[1] = 0x80, 96
	l.nonce[11]++
	l.buf = l.buf[:begin+header+size+l.aead.Overhead()]
	l.aead.Seal(p[header:header], l.nonce[:], p[header:], p[:header])
	return l.buf[begin:]
}

// sendto sends each packet to each destination with one call each, as it would come from a publisher.
func (l *rawLoop) sendto(key bool) error {
	var err error
	sizes(key, func(size int, _, _ bool) {
		for _, d := range l.dests {
			l.buf = l.buf[:0]
			_, e := l.udp.WriteToUDPAddrPort(l.seal(size), d)
			err = errors.Join(err, e)
		}
	})
	return err
}

// gso sends a frame to all destinations with sendmmsg, one message with UDP_SEGMENT for each (udp(7)).
func (l *rawLoop) gso() (func(key bool) error, error) {
	type mmsg struct {
		hdr unix.Msghdr
		len uint32
	}
	raw, err := l.udp.SyscallConn()
	if err != nil {
		return nil, err
	}
	n := len(l.dests)
	msgs, iovs, addrs := make([]mmsg, n), make([]unix.Iovec, n), make([]unix.RawSockaddrInet4, n)
	control := make([]byte, unix.CmsgSpace(2))
	c := (*unix.Cmsghdr)(unsafe.Pointer(&control[0]))
	c.Level, c.Type = unix.SOL_UDP, unix.UDP_SEGMENT
	c.SetLen(unix.CmsgLen(2))
	*(*uint16)(unsafe.Pointer(&control[unix.CmsgLen(0)])) = uint16(12 + payloadSize + l.aead.Overhead())
	for i, d := range l.dests {
		addrs[i] = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: d.Port()<<8 | d.Port()>>8, Addr: d.Addr().As4()}
		h := &msgs[i].hdr
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&addrs[i])), unix.SizeofSockaddrInet4
		h.Iov, h.Control = &iovs[i], &control[0]
		h.SetIovlen(1)
		h.SetControllen(len(control))
	}
	return func(key bool) error {
		l.buf = l.buf[:0]
		for i := range l.dests {
			begin := len(l.buf)
			sizes(key, func(size int, _, _ bool) { l.seal(size) })
			iovs[i].Base = &l.buf[begin]
			iovs[i].SetLen(len(l.buf) - begin)
		}
		sent := 0
		var errno error
		err := raw.Write(func(fd uintptr) bool {
			for sent < n {
				k, _, e := unix.Syscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&msgs[sent])), uintptr(n-sent), unix.MSG_DONTWAIT, 0, 0)
				if e == unix.EAGAIN {
					return false
				}
				if e != 0 && e != unix.EINTR {
					errno = e
					return true
				}
				sent += int(k)
			}
			return true
		})
		return errors.Join(err, errno)
	}, nil
}
