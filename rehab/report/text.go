package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Prefix begins the text of the session event.
const Prefix = "Quality report: "

// MaxText bounds the text, in bytes. The column has no bound of its own (core.md 1.3); clients show the text in a list.
const MaxText = 16 << 10

// summary is one person as the pages of /rehab read it (web/src/rehab/quality.ts).
type summary struct {
	Kind       string             `json:"kind"`
	UUID       string             `json:"uuid,omitempty"`       // none: guests with the session's shared link
	Minutes    float64            `json:"minutes"`              // in the room
	Words      map[string]float64 `json:"words"`                // shares of that time
	RTT        int                `json:"rtt,omitempty"`        // median, ms
	RTT95      int                `json:"rtt95,omitempty"`      // 95th percentile, ms
	LossUp     float64            `json:"loss_up"`              // share
	LossDown   float64            `json:"loss_down"`            // share
	Up         int                `json:"kbps_up"`              // mean, kbit/s
	Down       int                `json:"kbps_down"`            // mean, kbit/s
	Freezes    uint64             `json:"freezes,omitempty"`    // as its page says
	Frozen     float64            `json:"frozen,omitempty"`     // seconds
	Concealed  float64            `json:"concealed,omitempty"`  // share of the sound
	Reconnects int                `json:"reconnects,omitempty"` // came back
	Faults     uint64             `json:"faults,omitempty"`     // media that did not flow and had to be asked for
	Stale      uint64             `json:"stale,omitempty"`      // data frames dropped because they were old
	Sizes      map[string]float64 `json:"sizes,omitempty"`      // shares of the time of pictures sent to it, by their shorter side
	Worst      *worst             `json:"worst,omitempty"`      // the worst minute; none when all was good
}

type worst struct {
	At     time.Time `json:"at"`
	Loss   float64   `json:"loss,omitempty"`
	RTT    int       `json:"rtt,omitempty"`    // ms, the longest
	Frozen float64   `json:"frozen,omitempty"` // seconds
}

// sizeNames are the classes of Person.Sizes.
var sizeNames = [5]string{"none", "240", "480", "720", "more"}

// Text is the session event's text: a sentence for people, a line break, and a JSON object for pages. name is how the
// session's other events write a person. When it would be too long, those who were there for the shortest time are left
// out of it.
func (r *Report) Text(name func(kind, uuid string) string) string {
	people := slices.DeleteFunc(slices.Clone(r.People), func(p *Person) bool { return p.Seconds <= 0 })
	slices.SortStableFunc(people, func(a, b *Person) int { return cmp.Compare(b.Seconds, a.Seconds) })
	for n := len(people); ; n-- {
		text := write(people[:n], len(people)-n, name)
		if len(text) <= MaxText || n == 0 {
			return text
		}
	}
}

func write(people []*Person, more int, name func(kind, uuid string) string) string {
	object := struct {
		Version int       `json:"version"`
		People  []summary `json:"people"`
		More    int       `json:"more,omitempty"`
	}{1, []summary{}, more}
	var sentences []string
	for _, p := range people {
		s := p.summary()
		object.People = append(object.People, s)
		sentences = append(sentences, s.sentence(name(p.Kind, p.UUID)))
	}
	if more > 0 {
		sentences = append(sentences, fmt.Sprintf("%d more", more))
	}
	var raw bytes.Buffer
	e := json.NewEncoder(&raw)
	e.SetEscapeHTML(false)
	if err := e.Encode(object); err != nil {
		panic(err) // numbers and strings
	}
	return Prefix + strings.Join(sentences, "; ") + "\n" + strings.TrimSpace(raw.String())
}

func (p *Person) summary() summary {
	s := summary{
		Kind: p.Kind, UUID: p.UUID, Minutes: round(p.Seconds/60, 1), Words: shares(p.Words),
		RTT: milliseconds(p.RTT.Quantile(0.5)), RTT95: milliseconds(p.RTT.Quantile(0.95)),
		LossUp: round(p.Up.loss(), 4), LossDown: round(p.Down.loss(), 4),
		Up: kilobits(p.Up.Bytes, p.Seconds), Down: kilobits(p.Down.Bytes, p.Seconds),
		Freezes: p.Played.Freezes, Frozen: round(p.Played.Frozen, 1), Reconnects: max(0, p.Joins-1), Faults: p.Faults, Stale: p.Stale,
	}
	if p.Played.Heard > 0 {
		s.Concealed = round(p.Played.Concealed/p.Played.Heard, 4)
	}
	sizes := map[string]float64{}
	for i, seconds := range p.Sizes {
		if seconds > 0 {
			sizes[sizeNames[i]] = seconds
		}
	}
	s.Sizes = shares(sizes)
	if w, ok := p.worst(); ok {
		s.Worst = &worst{
			At: w.From.UTC().Truncate(time.Second), Loss: round(max(w.Up.loss(), w.Down.loss()), 4),
			RTT: milliseconds(w.RTT), Frozen: round(w.Frozen, 1),
		}
	}
	return s
}

// sentence is the summary for people who read the events of a session in any client.
func (s summary) sentence(name string) string {
	parts := []string{fmt.Sprintf("%.1f min", s.Minutes)}
	for _, word := range []string{"good", "fair", "poor"} {
		if share := s.Words[word]; share > 0 {
			parts = append(parts, fmt.Sprintf("%s %.0f %%", word, 100*share))
		}
	}
	if s.RTT > 0 {
		parts = append(parts, fmt.Sprintf("rtt %d ms (95 %%: %d ms)", s.RTT, s.RTT95))
	}
	parts = append(parts, fmt.Sprintf("loss %.1f %% up %.1f %% down", 100*s.LossUp, 100*s.LossDown))
	if s.Freezes > 0 {
		parts = append(parts, fmt.Sprintf("%d freezes (%.1f s)", s.Freezes, s.Frozen))
	}
	if s.Reconnects > 0 {
		parts = append(parts, fmt.Sprintf("%d reconnections", s.Reconnects))
	}
	if s.Worst != nil {
		parts = append(parts, "worst at "+s.Worst.At.Local().Format("15:04"))
	}
	return name + ": " + strings.Join(parts, ", ")
}

// shares makes parts of 1 of weights, nil when there is nothing.
func shares(weights map[string]float64) map[string]float64 {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	if sum <= 0 {
		return nil
	}
	parts := map[string]float64{}
	for k, w := range weights {
		parts[k] = round(w/sum, 3)
	}
	return parts
}

func round(v float64, digits int) float64 {
	f := math.Pow10(digits)
	return math.Round(v*f) / f
}

func milliseconds(seconds float64) int { return int(math.Round(seconds * 1000)) }

func kilobits(bytes uint64, seconds float64) int {
	if seconds <= 0 {
		return 0
	}
	return int(math.Round(float64(bytes) * 8 / seconds / 1000))
}
