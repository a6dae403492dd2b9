package peer

import (
	"slices"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
)

// Each row is a peer whose trouble begins at 0 s and ends, if it does, at a given time; want is when which step is taken.
func TestLadder(t *testing.T) {
	const (
		connected    = webrtc.PeerConnectionStateConnected
		disconnected = webrtc.PeerConnectionStateDisconnected
		failed       = webrtc.PeerConnectionStateFailed
		connecting   = webrtc.PeerConnectionStateConnecting
		closed       = webrtc.PeerConnectionStateClosed
	)
	type taken struct {
		step step
		at   time.Duration
	}
	for name, tt := range map[string]struct {
		sight sight // during the trouble
		ends  time.Duration
		until time.Duration
		want  []taken
	}{
		"all is well":          {sight{state: connected, heard: true}, 0, time.Minute, nil},
		"a short interruption": {sight{state: disconnected, heard: true, described: true}, 400 * time.Millisecond, time.Minute, nil},
		"a restart helps": {
			sight{state: disconnected, heard: true, described: true}, 4 * time.Second, time.Minute,
			[]taken{{stepRestart, 500 * time.Millisecond}},
		},
		"failed":                   {sight{state: failed, heard: true, described: true}, time.Second, time.Minute, []taken{{stepRestart, 0}}},
		"its address is gone":      {sight{state: connected, gone: true, heard: true, described: true}, time.Second, time.Minute, []taken{{stepRestart, 0}}},
		"another network":          {sight{state: disconnected, hopeful: true, heard: true, described: true}, time.Second, time.Minute, []taken{{stepRestart, 0}}},
		"the room is out of reach": {sight{state: disconnected, described: true}, time.Minute, time.Minute, nil},
		"connected but black": {
			sight{state: connected, heard: true, described: true}, 10 * time.Second, time.Minute,
			[]taken{{stepRestart, 4 * time.Second}, {stepFresh, 9 * time.Second}},
		},
		"closed by the room": {sight{state: closed, heard: true, described: true}, time.Second, time.Minute, []taken{{stepFresh, 0}}},
		"never answered":     {sight{state: connecting, heard: true}, 11 * time.Second, time.Minute, []taken{{stepFresh, 10 * time.Second}}},
		"nothing helps, and it goes on": {
			sight{state: disconnected, heard: true, described: true}, 2 * time.Minute, 108 * time.Second,
			[]taken{
				{stepRestart, 500 * time.Millisecond}, {stepFresh, 5500 * time.Millisecond}, {stepFresh, 15500 * time.Millisecond},
				{stepFresh, 25500 * time.Millisecond}, {stepFresh, 35500 * time.Millisecond}, {stepFresh, 51500 * time.Millisecond},
				{stepFresh, 81500 * time.Millisecond},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var l ladder
			var got []taken
			begin := time.Unix(1000, 0)
			for d := time.Duration(0); d < tt.until; d += lookEvery / 2 {
				s := tt.sight
				s.now, s.since, s.flowed = begin.Add(d), begin, begin
				if d >= tt.ends {
					s = sight{now: s.now, since: begin.Add(tt.ends), flowed: s.now, state: connected, heard: true, described: true}
				}
				if step := l.look(s); step != stepNone {
					got = append(got, taken{step, d})
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// A connection whose two ends do not agree is replaced although its packets flow, but not again and again.
func TestLadderReplacesWhatIsBroken(t *testing.T) {
	var l ladder
	begin := time.Unix(1000, 0)
	var got []time.Duration
	for d := time.Duration(0); d < 20*time.Second; d += lookEvery {
		l.broken()
		now := begin.Add(d)
		if l.look(sight{now: now, since: begin, flowed: now, state: webrtc.PeerConnectionStateConnected, heard: true, described: true}) == stepFresh {
			got = append(got, d)
		}
	}
	if want := []time.Duration{0, 2 * time.Second, 6 * time.Second, 14 * time.Second}; !slices.Equal(got, want) {
		t.Errorf("fresh connections at %v, want %v", got, want)
	}
}

// A relay that is silent is given up sooner than another path, if the websocket is heard.
func TestSilentRelayIsGivenUpSoon(t *testing.T) {
	since := time.Now()
	for _, tt := range []struct {
		relayed, heard bool
		after          time.Duration
		want           step
	}{
		{true, true, relayLost, stepRestart}, {true, false, relayLost, stepNone}, {false, true, relayLost, stepNone}, {false, true, lostFor, stepRestart},
	} {
		l := ladder{}
		got := l.look(sight{
			now: since.Add(tt.after), since: since, flowed: since, state: webrtc.PeerConnectionStateDisconnected, described: true,
			relayed: tt.relayed, heard: tt.heard,
		})
		if got != tt.want {
			t.Errorf("%+v: got %v", tt, got)
		}
	}
}
