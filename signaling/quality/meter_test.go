package quality

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/sfu"
	"github.com/gotera/gotera/sfu/allocation"
	"github.com/gotera/gotera/sfu/selection"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// call is a picture of two peers after some seconds: a sends b a picture and a sound.
func call(seconds int, a sfu.ReceiverStats, b sfu.SenderStats) sfu.RoomStats {
	n := uint64(seconds)
	track := func(kind string) sfu.Track {
		return sfu.Track{ID: "a:camera:" + kind, Peer: "a", Source: "camera", Kind: kind}
	}
	a.Track, b.Track = track("video"), track("video")
	return sfu.RoomStats{Peers: []sfu.PeerStats{
		{ID: "a", State: "connected", RTT: 40 * time.Millisecond, Published: []sfu.ReceiverStats{
			a, {Track: track("audio"), Packets: 50 * n, Bytes: 5000 * n, Jitter: 5 * time.Millisecond},
		}},
		{ID: "b", State: "connected", RTT: 60 * time.Millisecond, Estimate: 900_000, Sent: []sfu.SenderStats{
			b, {Track: track("audio"), Packets: 50 * n, Bytes: 5000 * n, Jitter: 7 * time.Millisecond},
		}},
	}}
}

func TestRatesAreDifferences(t *testing.T) {
	m := NewMeter()
	first := m.Next(start, call(100, sfu.ReceiverStats{Packets: 10_000, Bytes: 1e7, Missing: 5000}, sfu.SenderStats{Packets: 10_000, Bytes: 1e7}), nil)
	if got := first["a"].Shown; got.Quality != "" || got.Up != (signal.Path{}) || got.RTT != 0.04 {
		t.Errorf("first picture %+v, want no word and no rates yet", got)
	}
	if got := first["a"].Totals.Up; got.Video.Packets != 10_000 || got.Audio.Bytes != 500_000 || got.Video.Lost != 5000 {
		t.Errorf("first totals %+v", got)
	}
	// Two seconds on: 200 packets of video, 10 of them by retransmission, 20 missing; 100 of sound.
	next := m.Next(start.Add(2*time.Second), call(102,
		sfu.ReceiverStats{Packets: 10_200, Bytes: 1e7 + 250_000, Missing: 5020, RTX: 10, Jitter: 90 * time.Millisecond},
		sfu.SenderStats{Packets: 10_200, Bytes: 1e7 + 250_000, Lost: 60, NACKs: 60, RTX: 60, PLIs: 1, Jitter: 20 * time.Millisecond}), nil)
	up := next["a"].Shown.Up
	if up.Bitrate != 1_040_000 || !near(up.Loss, 20.0/310) || up.Jitter != 0.005 {
		t.Errorf("up %+v, want 1040 kbit/s, 20 of 310 packets lost, the jitter of the sound", up)
	}
	b := next["b"].Shown
	if b.Down.Bitrate != 1_040_000 || !near(b.Down.Loss, 60.0/300) || b.Down.Jitter != 0.007 || b.Estimate != 900_000 {
		t.Errorf("down %+v", b)
	}
	if b.Quality != "poor" || b.Reasons[0] != "loss" || next["a"].Shown.Quality != "fair" {
		t.Errorf("words: b is %s because of %v, a is %s", b.Quality, b.Reasons, next["a"].Shown.Quality)
	}
	if len(b.Tracks) != 1 || b.Tracks[0].Bitrate != 1_000_000 || !near(b.Tracks[0].Loss, 0.3) {
		t.Errorf("tracks %+v", b.Tracks)
	}
	down := next["b"].Totals.Down.Video
	if down.Packets != 10_200 || down.Lost != 60 || down.NACKs != 60 || down.RTX != 60 || down.PLIs != 1 || down.Tracks != 1 {
		t.Errorf("totals %+v", down)
	}
}

func TestTotalsNeverFall(t *testing.T) {
	m := NewMeter()
	m.Next(start, call(10, sfu.ReceiverStats{Packets: 1000, Bytes: 1000, Missing: 10}, sfu.SenderStats{}), nil)
	// The encoder began anew: its counters too. Then the track ends.
	m.Next(start.Add(time.Second), call(11, sfu.ReceiverStats{Packets: 30, Bytes: 30, Missing: 1}, sfu.SenderStats{}), nil)
	m.Next(start.Add(1500*time.Millisecond), sfu.RoomStats{Peers: []sfu.PeerStats{{ID: "a", State: "connected", DataSent: 9, DataStale: 3}}}, nil)
	m.Next(start.Add(1600*time.Millisecond), sfu.RoomStats{Peers: []sfu.PeerStats{{ID: "a"}}}, nil) // without media for a while
	all := m.Next(start.Add(2*time.Second), sfu.RoomStats{Peers: []sfu.PeerStats{{ID: "a", State: "connected", DataSent: 4}}}, nil)["a"].Totals
	if all.Data.Sent != 13 || all.Data.Stale != 3 {
		t.Errorf("data frames %+v", all.Data)
	}
	got := all.Up
	if got.Video.Packets != 1030 || got.Video.Lost != 11 || got.Video.Tracks != 0 || got.Audio.Packets != 550 {
		t.Errorf("totals %+v", got)
	}
	if m.Next(start.Add(3*time.Second), sfu.RoomStats{}, nil); len(m.peers) != 0 {
		t.Error("peers that are gone are remembered")
	}
}

func TestMutedIsNotBad(t *testing.T) {
	m := NewMeter()
	quiet := func(seconds int, packets uint64) sfu.RoomStats {
		return sfu.RoomStats{Peers: []sfu.PeerStats{{ID: "a", State: "connected", Published: []sfu.ReceiverStats{
			{Track: sfu.Track{ID: "a:camera:audio", Kind: sfu.KindAudio}, Packets: packets, Missing: int64(packets / 3), Jitter: time.Second},
		}}}}
	}
	m.Next(start, quiet(0, 0), nil)
	if got := m.Next(start.Add(2*time.Second), quiet(2, 6), nil)["a"].Shown; got.Quality != "good" {
		t.Errorf("six packets, a third lost: %+v, want good: they say nothing", got)
	}
	got := m.Next(start.Add(4*time.Second), sfu.RoomStats{Peers: []sfu.PeerStats{{ID: "a", State: "disconnected"}}}, nil)["a"].Shown
	if got.Quality != "" || len(got.Reasons) != 0 {
		t.Errorf("without a connection: %+v, want no word", got)
	}
}

func TestWhatPagesSay(t *testing.T) {
	m := NewMeter()
	said := func(at time.Duration, tracks ...signal.PlayedTrack) map[sfu.PeerID]Report {
		return map[sfu.PeerID]Report{"b": {Tracks: tracks, At: start.Add(at)}}
	}
	next := func(at time.Duration, r map[sfu.PeerID]Report) Picture {
		return m.Next(start.Add(at), call(int(at/time.Second), sfu.ReceiverStats{}, sfu.SenderStats{}), r)["b"]
	}
	video := signal.PlayedTrack{Track: "a:camera:video", Freezes: 1, Frozen: 0.5, Decoded: 100, Width: 640, Height: 360}
	next(0, said(0, video))
	video.Freezes, video.Frozen, video.Decoded = 3, 3, 150
	sound := signal.PlayedTrack{Track: "a:camera:audio", Concealed: 0.3, Heard: 5}
	again := said(5*time.Second, video, sound, video, signal.PlayedTrack{Track: "nobody's", Frozen: 1e9})
	got := next(6*time.Second, again)
	if p := got.Totals.Played; p.Freezes != 3 || p.Frozen != 3 || p.Decoded != 150 || p.Heard != 5 || !near(p.Concealed, 0.3) {
		t.Errorf("totals %+v", p)
	}
	if got.Shown.Quality != "poor" || got.Shown.Reasons[0] != "frozen" { // half of the five seconds
		t.Errorf("shown %+v", got.Shown)
	}
	if track := got.Shown.Tracks[0]; track.Height != 360 || track.Freezes != 3 || track.Frozen != 3 {
		t.Errorf("track %+v", track)
	}
	if p := next(8*time.Second, again).Totals.Played; p.Freezes != 3 {
		t.Errorf("the same report counts twice: %+v", p)
	}
	for at := 20 * time.Second; at <= 26*time.Second; at += 2 * time.Second { // the report is old
		got = next(at, again)
	}
	if got.Shown.Quality != "good" {
		t.Errorf("long after the last report: %+v", got.Shown)
	}
}

// A picture that stands still because its publisher sends nothing is no fault of the viewer's connection, also not when the
// browser counts the freeze only at its end.
func TestFreezesOfADeadSourceDoNotCount(t *testing.T) {
	for _, reason := range []string{sfu.StalledSource, sfu.StalledPath} {
		m := NewMeter()
		video := signal.PlayedTrack{Track: "a:camera:video"}
		var got Picture
		poor := false
		for at := 0; at <= 40; at += 2 {
			stats := call(at, sfu.ReceiverStats{}, sfu.SenderStats{})
			if at >= 10 && at < 20 {
				for i := range stats.Peers {
					if stats.Peers[i].ID == "b" {
						stats.Peers[i].Stalled = []sfu.StalledTrack{{Track: sfu.Track{ID: video.Track}, Reason: reason}}
					}
				}
			}
			if at == 22 {
				video.Freezes, video.Frozen = 1, 18
			}
			report := Report{Tracks: []signal.PlayedTrack{video}, At: start.Add(time.Duration(at/4*4) * time.Second)}
			got = m.Next(start.Add(time.Duration(at)*time.Second), stats, map[sfu.PeerID]Report{"b": report})["b"]
			poor = poor || got.Shown.Quality == "poor"
		}
		if counted := got.Totals.Played.Freezes == 1; counted == (reason == sfu.StalledSource) || counted != poor {
			t.Errorf("stalled for %s: %+v, poor: %v", reason, got.Totals.Played, poor)
		}
	}
}

// A page may claim anything about itself: it only harms its own figures, and not without bound.
func TestAbsurdClaims(t *testing.T) {
	m := NewMeter()
	claim := signal.PlayedTrack{Track: "a:camera:video", Freezes: 1e10, Frozen: 1e10, Decoded: 1e10, Heard: 1e10, Concealed: 1e10}
	stats := call(1, sfu.ReceiverStats{}, sfu.SenderStats{})
	m.Next(start, stats, map[sfu.PeerID]Report{"b": {Tracks: []signal.PlayedTrack{{Track: "a:camera:video"}}, At: start}})
	got := m.Next(start.Add(2*time.Second), stats, map[sfu.PeerID]Report{"b": {Tracks: []signal.PlayedTrack{claim}, At: start.Add(2 * time.Second)}})
	if p := got["b"].Totals.Played; p.Frozen > 2 || p.Freezes > 480 || p.Heard > 2 || p.Concealed > p.Heard {
		t.Errorf("totals %+v", p)
	}
	if got["a"].Shown.Quality == "poor" {
		t.Error("another peer pays for it")
	}
}

func near(got, want float64) bool { return math.Abs(got-want) < 1e-9 }

func TestLayers(t *testing.T) {
	m := NewMeter()
	video := func(id string, s sfu.SenderStats) sfu.SenderStats {
		s.Track = sfu.Track{ID: id, Kind: sfu.KindVideo}
		return s
	}
	room := func(faults uint64) sfu.RoomStats {
		return sfu.RoomStats{Peers: []sfu.PeerStats{{ID: "a", State: "connected", Faults: faults, DataSent: 70, DataStale: 3, DataDropped: 2, Sent: []sfu.SenderStats{
			video("whole", sfu.SenderStats{Layer: allocation.Layer{Spatial: 2, Temporal: selection.All}, Width: 1280, Height: 720}),
			video("small", sfu.SenderStats{Layer: allocation.Layer{Spatial: 0, Temporal: 1}, Width: 320, Height: 180, Reduced: true}),
			video("stopped", sfu.SenderStats{Layer: allocation.Paused, Paused: true}),
			video("hidden", sfu.SenderStats{Layer: allocation.Paused, Hidden: true}),
		}, Published: []sfu.ReceiverStats{{Track: sfu.Track{ID: "own", Kind: sfu.KindVideo}, Faults: 2 * faults}}}}}
	}
	m.Next(start, room(1), nil)
	got := m.Next(start.Add(2*time.Second), room(2), nil)["a"]
	want := []control.Layer{{Spatial: 2, Temporal: -1, Size: 720, Tracks: 1}, {Spatial: 0, Temporal: 1, Size: 180, Tracks: 1}, {Spatial: -1, Temporal: -1, Tracks: 1}}
	if f := got.Totals.Down.Video; !slices.Equal(got.Totals.Layers, want) || f.Reduced != 1 || f.Paused != 1 || f.Tracks != 4 || got.Totals.Faults != 6 {
		t.Errorf("totals %+v, layers %+v", got.Totals, got.Totals.Layers)
	}
	if d := got.Totals.Data; d != (control.Data{Sent: 70, Stale: 3, Dropped: 2}) || got.Shown.Stale != 3 {
		t.Errorf("data %+v, %d stale shown", d, got.Shown.Stale)
	}
	if tracks := got.Shown.Tracks; len(tracks) != 3 || tracks[0].Height != 720 || !tracks[1].Reduced || !tracks[2].Paused || tracks[2].Spatial != -1 {
		t.Errorf("tracks %+v, want all but the hidden one", tracks)
	}
	if got.Shown.Quality != "poor" || !slices.Equal(got.Shown.Reasons, []string{"paused"}) {
		t.Errorf("%s because of %v, want poor: a picture is not sent", got.Shown.Quality, got.Shown.Reasons)
	}
}
