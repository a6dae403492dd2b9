package sfu

import (
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
)

// A check from elsewhere is followed when the old address has fallen silent, and only then.
func TestMovedClientIsFollowed(t *testing.T) {
	here, there := netip.MustParseAddrPort("192.0.2.1:1000"), netip.MustParseAddrPort("198.51.100.7:2000")
	for _, tt := range []struct {
		name       string
		any, media time.Duration // since something, and media, came from here; 0: never
		from       netip.AddrPort
		tcp        bool
		want       bool
	}{
		{"nothing has come yet", 0, 0, there, false, false},
		{"media flows", 100 * time.Millisecond, 100 * time.Millisecond, there, false, false},
		{"media has just stopped", 1500 * time.Millisecond, 1500 * time.Millisecond, there, false, true},
		{"it sends no media, a check came lately", 2500 * time.Millisecond, time.Minute, there, false, false},
		{"it sends no media, and nothing came", 3500 * time.Millisecond, time.Minute, there, false, true},
		{"the same address", time.Minute, time.Minute, here, false, false},
		{"by TCP", time.Minute, time.Minute, there, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &Peer{room: &Room{log: slog.New(slog.DiscardHandler)}}
			l := &p.link
			l.peer = p
			l.path.Store(&path{to: here})
			now := time.Now()
			if tt.any > 0 {
				l.heard.any.Store(now.Add(-tt.any).UnixNano())
				l.heard.media.Store(now.Add(-tt.media).UnixNano())
			}
			config := &ice.CandidateHostConfig{Network: "udp", Address: tt.from.Addr().String(), Port: int(tt.from.Port()), Component: 1}
			if tt.tcp {
				config.Network, config.TCPType = "tcp", ice.TCPTypeActive
			}
			c, err := ice.NewCandidateHost(config)
			if err != nil {
				t.Fatal(err)
			}
			check := func(session string) *stun.Message {
				return stun.MustBuild(stun.BindingRequest, stun.TransactionID, stun.NewUsername(session))
			}
			l.begins(check("restarted:client"))
			if l.moved(check("restarted:client"), nil, c, nil) {
				t.Error("followed while ICE chooses a path")
			}
			l.path.Store(&path{to: here, session: l.session.Load()})
			if got := l.moved(check("restarted:client"), nil, c, nil); got != tt.want {
				t.Errorf("followed: %v, want %v", got, tt.want)
			}
			if tt.want && l.moved(check("restarted:client"), nil, c, nil) {
				t.Error("followed again at once")
			}
		})
	}
}

// Towards an ICE-lite room the first check of each ICE session makes the path, and no other does.
func TestFirstCheckBegins(t *testing.T) {
	check := func(name string) *stun.Message {
		return stun.MustBuild(stun.BindingRequest, stun.TransactionID, stun.NewUsername(name))
	}
	l := link{lite: true}
	for i, tt := range []struct {
		name string
		want bool
	}{{"room:client", true}, {"room:client", false}, {"restarted:client", true}, {"restarted:client", false}} {
		if got := l.begins(check(tt.name)); got != tt.want {
			t.Errorf("check %d begins: %v, want %v", i, got, tt.want)
		}
	}
	full := &link{}
	if full.moved(check("room:client"), nil, nil, nil) {
		t.Error("a room that makes checks took the path before its own check")
	}
}
