package report

import (
	"math"
	"time"

	"github.com/gotera/gotera/proto/control"
)

// Person is one member of the session, or the guests of a kind (UUID ""). Times are in seconds.
type Person struct {
	Kind string `json:"kind"`
	UUID string `json:"uuid"`

	Seconds float64            `json:"seconds"` // in the room
	Words   map[string]float64 `json:"words"`   // of that, by word
	RTT     Histogram          `json:"rtt"`
	Up      Sums               `json:"up"`
	Down    Sums               `json:"down"`
	Played  control.Played     `json:"played"`
	Sizes   [5]float64         `json:"sizes"` // time of pictures sent: none, then by their shorter side (sizeLimits)
	Joins   int                `json:"joins"` // came, or came back
	Faults  uint64             `json:"faults"`
	Stale   uint64             `json:"stale"`

	Worst  Period `json:"worst"`  // the worst minute before the one that runs
	Minute Period `json:"minute"` // that one
}

// sizeLimits are the largest shorter sides of the classes of pictures; the last class has what is larger.
var sizeLimits = [3]int{240, 480, 720}

// sizeClass is the class of a picture, -1 when its size is not known.
func sizeClass(l control.Layer) int {
	switch {
	case l.Spatial < 0:
		return 0
	case l.Size == 0:
		return -1
	}
	for i, limit := range sizeLimits {
		if l.Size <= limit {
			return i + 1
		}
	}
	return len(sizeLimits) + 1
}

// Sums are one direction.
type Sums struct {
	Packets uint64 `json:"packets"`
	Bytes   uint64 `json:"bytes"`
	Lost    uint64 `json:"lost"`
}

// Period is a minute at most.
type Period struct {
	From   time.Time `json:"from"`
	Up     Sums      `json:"up"`
	Down   Sums      `json:"down"`
	RTT    float64   `json:"rtt"`    // the longest
	Frozen float64   `json:"frozen"` // seconds that a picture stood still
	Fair   float64   `json:"fair"`   // seconds
	Poor   float64   `json:"poor"`   // seconds
}

const period = time.Minute

// score is how bad a period was.
func (p Period) score() float64 { return p.Fair + 3*p.Poor }

// worst is the worst minute, that of now included; ok is false when none was bad.
func (p *Person) worst() (w Period, ok bool) {
	w = p.Worst
	if p.Minute.score() > w.score() {
		w = p.Minute
	}
	return w, w.score() > 0
}

// add takes what a peer did in the given time.
func (p *Person) add(before, now control.PeerQuality, from time.Time, seconds float64) {
	if p.Words == nil {
		p.Words = map[string]float64{}
	}
	if m := &p.Minute; from.Sub(m.From) >= period {
		if m.score() > p.Worst.score() {
			p.Worst = *m
		}
		*m = Period{From: from}
	}
	p.Seconds += seconds
	if now.Word != "" {
		p.Words[now.Word] += seconds
	}
	if now.RTT > 0 {
		p.RTT.Add(now.RTT, seconds)
		p.Minute.RTT = max(p.Minute.RTT, now.RTT)
	}
	switch now.Word {
	case "fair":
		p.Minute.Fair += seconds
	case "poor":
		p.Minute.Poor += seconds
	}
	up, down := grown(before.Up, now.Up), grown(before.Down, now.Down)
	for _, s := range []*Sums{&p.Up, &p.Minute.Up} {
		s.add(up)
	}
	for _, s := range []*Sums{&p.Down, &p.Minute.Down} {
		s.add(down)
	}
	p.addPlayed(before.Played, now.Played)
	for _, l := range now.Layers {
		if i := sizeClass(l); i >= 0 {
			p.Sizes[i] += seconds * float64(l.Tracks)
		}
	}
	p.Faults += less(now.Faults, before.Faults)
	p.Stale += less(now.Data.Stale, before.Data.Stale)
}

func (p *Person) addPlayed(before, now control.Played) {
	frozen := max(0, now.Frozen-before.Frozen)
	p.Minute.Frozen += frozen
	p.Played.Frozen += frozen
	p.Played.Freezes += less(now.Freezes, before.Freezes)
	p.Played.Decoded += less(now.Decoded, before.Decoded)
	p.Played.Dropped += less(now.Dropped, before.Dropped)
	p.Played.Concealed += max(0, now.Concealed-before.Concealed)
	p.Played.Heard += max(0, now.Heard-before.Heard)
}

func (s *Sums) add(o Sums) {
	s.Packets += o.Packets
	s.Bytes += o.Bytes
	s.Lost += o.Lost
}

// loss is the lost share of what was sent on its way; 0 when nothing was.
func (s Sums) loss() float64 {
	if s.Packets == 0 {
		return 0
	}
	return math.Min(1, float64(s.Lost)/float64(s.Packets))
}

// grown is both kinds of media together.
func grown(before, now control.Media) Sums {
	return Sums{
		Packets: less(now.Audio.Packets, before.Audio.Packets) + less(now.Video.Packets, before.Video.Packets),
		Bytes:   less(now.Audio.Bytes, before.Audio.Bytes) + less(now.Video.Bytes, before.Video.Bytes),
		Lost:    less(now.Audio.Lost, before.Audio.Lost) + less(now.Video.Lost, before.Video.Lost),
	}
}

func less(a, b uint64) uint64 { return a - min(a, b) }
