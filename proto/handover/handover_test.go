package handover

import (
	"bufio"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	for _, tt := range []struct{ client, server, want string }{
		{"198.51.100.7:5000", "203.0.113.1:443", "PROXY TCP4 198.51.100.7 203.0.113.1 5000 443\r\n"},
		{"[::ffff:198.51.100.7]:5000", "203.0.113.1:443", "PROXY TCP4 198.51.100.7 203.0.113.1 5000 443\r\n"},
		{"[2001:db8::7]:5000", "[2001:db8::1]:443", "PROXY TCP6 2001:db8::7 2001:db8::1 5000 443\r\n"},
		{"[fe80::7%eth0]:5000", "[fe80::1%eth0]:443", "PROXY TCP6 fe80::7 fe80::1 5000 443\r\n"},
	} {
		client, server := netip.MustParseAddrPort(tt.client), netip.MustParseAddrPort(tt.server)
		line := Line(client, server)
		if line != tt.want {
			t.Errorf("got %q, want %q", line, tt.want)
		}
		r := bufio.NewReader(strings.NewReader(line + "rest"))
		got, _, err := ReadLine(r)
		if err != nil || got != netip.AddrPortFrom(client.Addr().Unmap().WithZone(""), client.Port()) {
			t.Errorf("%q is of %v, %v", line, got, err)
		}
		if rest, _ := io.ReadAll(r); string(rest) != "rest" {
			t.Errorf("behind %q comes %q", line, rest)
		}
	}
}

func TestReadLineRefuses(t *testing.T) {
	for _, line := range []string{
		"PROXY UNKNOWN\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n", "PROXY TCP4 a 5.6.7.8 1 2\r\n",
		"PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n", "GET / HTTP/1.1\r\n", "PROXY TCP6 fe80::1%a fe80::2 1 2\r\n", strings.Repeat("x", 200) + "\r\n",
	} {
		if _, _, err := ReadLine(bufio.NewReader(strings.NewReader(line))); !errors.Is(err, ErrLine) {
			t.Errorf("%q: got %v, want ErrLine", line, err)
		}
	}
	if _, _, err := ReadLine(bufio.NewReader(strings.NewReader("PROXY TCP4"))); !errors.Is(err, io.EOF) {
		t.Errorf("cut off: got %v", err)
	}
}

// A path may be too long for a socket's address.
func TestLongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "s")
	for range 2 { // the second in place of the first
		l, err := Listen(path, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		c, err := Dial(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		l.Close()
	}
}
