// Package handover is how a connection that one process has accepted, and decrypted, is passed on to another over a unix
// socket: a line in front says who the client is (PROXY protocol, version 1, which NGINX's stream module writes, too). Only
// who may open the socket is believed.
package handover

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// maxLine is the longest line of version 1, the final CRLF included.
const maxLine = 107

// ErrLine is a beginning that is no PROXY line with TCP addresses.
var ErrLine = errors.New("no PROXY line")

// Line is the PROXY line of a connection from client to server, both of one family.
func Line(client, server netip.AddrPort) string {
	from, to, family := client.Addr().Unmap().WithZone(""), server.Addr().Unmap().WithZone(""), "TCP4"
	if !from.Is4() || !to.Is4() {
		family = "TCP6"
		from, to = netip.AddrFrom16(from.As16()), netip.AddrFrom16(to.As16())
	}
	return fmt.Sprintf("PROXY %s %s %s %d %d\r\n", family, from, to, client.Port(), server.Port())
}

// ReadLine reads the line, and nothing behind it. It fails with ErrLine, or when r does.
func ReadLine(r *bufio.Reader) (client, server netip.AddrPort, err error) {
	var line strings.Builder
	for !strings.HasSuffix(line.String(), "\r\n") {
		b, err := r.ReadByte()
		if err != nil {
			return client, server, err
		}
		line.WriteByte(b)
		if line.Len() > maxLine {
			return client, server, ErrLine
		}
	}
	fields := strings.Split(strings.TrimSuffix(line.String(), "\r\n"), " ")
	if len(fields) != 6 || fields[0] != "PROXY" || fields[1] != "TCP4" && fields[1] != "TCP6" {
		return client, server, ErrLine
	}
	client, ok1 := addrPort(fields[2], fields[4])
	server, ok2 := addrPort(fields[3], fields[5])
	if !ok1 || !ok2 {
		return client, server, ErrLine
	}
	return client, server, nil
}

func addrPort(ip, port string) (netip.AddrPort, bool) {
	a, err := netip.ParseAddr(ip)
	n, perr := strconv.ParseUint(port, 10, 16)
	return netip.AddrPortFrom(a.Unmap(), uint16(n)), err == nil && perr == nil && a.Zone() == ""
}

// maxPath is what sockaddr_un holds, less its final zero (unix(7)).
const maxPath = 107

// Listen listens on a unix socket at path, in place of one that was left there, with the given mode. A path may be longer
// than a socket's name.
func Listen(path string, mode os.FileMode) (net.Listener, error) {
	short, release, err := shorten(path)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := os.Remove(short); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // the next one replaces it
	if err := os.Chmod(short, mode); err != nil {
		l.Close() //nolint:errcheck // of no use
		return nil, err
	}
	return l, nil
}

// Dial connects to the unix socket at path.
func Dial(ctx context.Context, path string) (net.Conn, error) {
	short, release, err := shorten(path)
	if err != nil {
		return nil, err
	}
	defer release()
	return (&net.Dialer{}).DialContext(ctx, "unix", short)
}

// shorten returns a name of path that fits into a socket's address, good until release.
func shorten(path string) (short string, release func(), err error) {
	if len(path) <= maxPath {
		return path, func() {}, nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)), func() { dir.Close() }, nil
}
