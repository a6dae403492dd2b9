package configs

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

func TestPublicIPs(t *testing.T) {
	for _, tt := range []struct {
		list string
		want []string
		good bool
	}{
		{"", nil, true}, {"192.0.2.1", []string{"192.0.2.1"}, true}, {" 192.0.2.1 , 2001:db8::1", []string{"192.0.2.1", "2001:db8::1"}, true},
		{"192.0.2.1,192.0.2.2", []string{"192.0.2.1", "192.0.2.2"}, false}, {"2001:db8::1,2001:db8::2", []string{"2001:db8::1", "2001:db8::2"}, false},
		{"tera.example", []string{"tera.example"}, false}, {"[2001:db8::1]", []string{"[2001:db8::1]"}, false}, {"fe80::1%eth0", []string{"fe80::1%eth0"}, false},
		{"::ffff:192.0.2.1", []string{"::ffff:192.0.2.1"}, false},
	} {
		c, err := LoadRehab(write(t, fmt.Sprintf(`{"WebRTC":{"media_public_ip":%q}}`, tt.list)))
		var bad *Error
		if (err == nil) != tt.good || err != nil && (!errors.As(err, &bad) || bad.Key != "WebRTC.media_public_ip") {
			t.Errorf("%q: got %v", tt.list, err)
		}
		if got := SplitAddresses(tt.list); !slices.Equal(got, tt.want) || err == nil && !slices.Equal(c.WebRTC.PublicIPs(), got) {
			t.Errorf("%q: got %q, want %q", tt.list, got, tt.want)
		}
	}
}

// The last port is that of connectivity tests: it must be there, and nobody else's.
func TestCheckPortHasItsPlace(t *testing.T) {
	for text, good := range map[string]bool{
		`{"WebRTC":{"local_base_port":8080,"media_base_port":18080,"max_sessions":50}}`: true,
		`{"WebRTC":{"local_base_port":8080,"media_base_port":65485,"max_sessions":50}}`: true,
		`{"WebRTC":{"local_base_port":8080,"media_base_port":65486,"max_sessions":50}}`: false,
		`{"WebRTC":{"local_base_port":65486,"media_base_port":8080,"max_sessions":50}}`: true,
		`{"WebRTC":{"local_base_port":8131,"media_base_port":8080,"max_sessions":50}}`:  true,
		`{"WebRTC":{"local_base_port":8130,"media_base_port":8080,"max_sessions":50}}`:  false,
		`{"WebRTC":{"local_base_port":8080,"media_base_port":8130,"max_sessions":50}}`:  true,
		`{"WebRTC":{"local_base_port":8080,"media_base_port":8129,"max_sessions":50}}`:  false,
	} {
		if _, err := LoadRehab(write(t, text)); (err == nil) != good {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{"": true, "localhost": true, "LocalHost": true, "127.0.0.1": true, "[::1]": true, "::1": true, "192.0.2.1": false, "tera.example": false} {
		if got := Loopback(host); got != want {
			t.Errorf("Loopback(%q) = %v", host, got)
		}
	}
}
