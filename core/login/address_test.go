package login

import (
	"net/http/httptest"
	"testing"
)

// A proxy is believed only when it is on this machine, and then only for what it wrote itself.
func TestClientIP(t *testing.T) {
	for _, tt := range []struct{ peer, forwarded, want string }{
		{"192.0.2.1:5", "", "192.0.2.1"},
		{"192.0.2.1:5", "198.51.100.7", "192.0.2.1"},
		{"127.0.0.1:5", "", "127.0.0.1"},
		{"127.0.0.1:5", "198.51.100.7", "198.51.100.7"},
		{"127.0.0.1:5", "203.0.113.9, 198.51.100.7", "198.51.100.7"},
		{"[::1]:5", "2001:db8::1", "2001:db8::1"},
		{"127.0.0.1:5", "rubbish", "127.0.0.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.peer
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := ClientIP(r); got != tt.want {
			t.Errorf("peer %s, X-Forwarded-For %q: got %s, want %s", tt.peer, tt.forwarded, got, tt.want)
		}
	}
}

func TestCertificate(t *testing.T) {
	const id = "b707e0b2-e649-47e7-a938-2b949c423f73"
	for _, tt := range []struct {
		trusted            bool
		peer, verified, dn string
		want               string
	}{
		{true, "127.0.0.1:1", "SUCCESS", "UID=" + id + ",CN=Device", id},
		{true, "127.0.0.1:1", "SUCCESS", "CN=Device,UID=" + id, id},
		{true, "127.0.0.1:1", "SUCCESS", "UID=" + id + ",CN=Participant", ""},
		{true, "127.0.0.1:1", "SUCCESS", "UID=x,CN=Device", ""},
		{true, "127.0.0.1:1", "NONE", "UID=" + id + ",CN=Device", ""},
		{true, "127.0.0.1:1", "", "UID=" + id + ",CN=Device", ""},
		{true, "192.0.2.1:1", "SUCCESS", "UID=" + id + ",CN=Device", ""},
		{false, "127.0.0.1:1", "SUCCESS", "UID=" + id + ",CN=Device", ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.peer
		r.Header.Set("X-SSL-VERIFIED", tt.verified)
		r.Header.Set("X-SSL-CLIENT-DN", tt.dn)
		l := &Login{cfg: Config{ClientCertificates: tt.trusted}}
		if got := l.certificate(r); got != tt.want {
			t.Errorf("%+v: got %q", tt, got)
		}
	}
}

func TestDescribe(t *testing.T) {
	for _, tt := range []struct{ agent, name, system string }{
		{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36", "Chrome", "Linux"},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox", "Windows"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1", "Safari", "iOS"},
		{"curl/8.0", "curl", ""},
		{"", "", ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("User-Agent", tt.agent)
		if c := describe(r); c.name != tt.name || c.os != tt.system {
			t.Errorf("%s: got %+v, want %s on %s", tt.agent, c, tt.name, tt.system)
		}
	}
}
