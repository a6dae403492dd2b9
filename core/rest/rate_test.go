package rest

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(time.Second)
		for _, tt := range []struct {
			after   time.Duration
			address string
			want    bool
		}{
			{0, "192.0.2.1", true},
			{0, "192.0.2.1", false},
			{0, "192.0.2.2", true},
			{500 * time.Millisecond, "192.0.2.1", false},
			{time.Second, "192.0.2.1", true},
		} {
			time.Sleep(tt.after)
			if got := l.take(tt.address); got != tt.want {
				t.Errorf("%s %s later: got %t, want %t", tt.address, tt.after, got, tt.want)
			}
		}
		for i := range maxLimited {
			l.take(fmt.Sprint(i))
		}
		if l.take("one too many") || len(l.addresses) > maxLimited {
			t.Errorf("%d addresses are remembered, want at most %d and the next one refused", len(l.addresses), maxLimited)
		}
		time.Sleep(2 * time.Second)
		if !l.take("one too many") || len(l.addresses) != 1 {
			t.Errorf("later: %d addresses are remembered, want the former ones forgotten", len(l.addresses))
		}
	})
}

func TestNetwork(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "": "",
	} {
		if got := network(ip); got != want {
			t.Errorf("network(%q) = %q, want %q", ip, got, want)
		}
	}
}
