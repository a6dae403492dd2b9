package check

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

var names = map[Way]string{
	UDP: "UDP", TCP: "TCP", RelayUDP: "relay over UDP", RelayTCP: "relay over TCP", RelayTLS: "relay over TLS",
}

var verdicts = map[Way]string{
	UDP:      "Your connection works.",
	TCP:      "Your connection works. This network blocks UDP: TCP is used (a little slower).",
	RelayUDP: "Your connection works, through the server's relay.",
	RelayTCP: "Your connection works. This network blocks UDP: the relay over TCP is used (a little slower).",
	RelayTLS: "Your connection works. This network blocks UDP: TLS is used (a little slower).",
	"":       "Sound and picture do not get through this network. Try another network, or another device, or ask who runs the network to let UDP, or TLS, through to the server.",
}

// Print writes a result in plain words.
func (r Result) Print(w io.Writer) {
	line := func(name, text string) { fmt.Fprintf(w, "%-16s%s\n", name, text) }
	line("server", r.Web.words("answers"))
	if r.Socket != nil {
		line("websocket", r.Socket.words("works"))
	}
	for _, t := range r.Ways {
		line(names[t.Way], t.words())
	}
	fmt.Fprintf(w, "\n%s\n", r.verdict())
}

// verdict says in a sentence what was found. What was not tested is not said to be blocked.
func (r Result) verdict() string {
	untested := func(t Try) bool { return t.Err != nil && !errors.Is(t.Err, errNothingCame) }
	best := slices.IndexFunc(r.Ways, func(t Try) bool { return t.OK })
	switch {
	case best < 0 && slices.ContainsFunc(r.Ways, untested):
		return "The test did not work: of this network nothing is known."
	case best > 0 && slices.ContainsFunc(r.Ways[:best], untested):
		return "Your connection works. Not every way could be tested now; a quicker one may be open."
	}
	return verdicts[r.Best()]
}

func (s Step) words(good string) string {
	if !s.OK {
		return fmt.Sprintf("fails: %v", s.Err)
	}
	return fmt.Sprintf("%s, %s", good, milliseconds(s.Took))
}

func (t Try) words() string {
	switch {
	case !t.Offered:
		return "not offered by this server"
	case errors.Is(t.Err, errNothingCame):
		return "blocked: nothing comes back"
	case !t.OK:
		return fmt.Sprintf("not tested: %v", t.Err)
	case t.IPv6:
		return fmt.Sprintf("works, %s, IPv6", milliseconds(t.RTT))
	}
	return fmt.Sprintf("works, %s", milliseconds(t.RTT))
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

// Report is a result for programs, as JSON.
type Report struct {
	Type   string      `json:"type"` // "check"
	OK     bool        `json:"ok"`   // some way is open
	Best   Way         `json:"best"` // that a session takes; "": none
	Server bool        `json:"server"`
	Socket *bool       `json:"websocket,omitempty"`
	Ways   []ReportWay `json:"ways"`
}

// ReportWay is one way.
type ReportWay struct {
	Way     Way     `json:"way"`
	Offered bool    `json:"offered"`
	OK      bool    `json:"ok"`
	RTT     float64 `json:"rtt,omitempty"` // milliseconds
	IPv6    bool    `json:"ipv6,omitempty"`
	Error   string  `json:"error,omitempty"`
}

// Report makes the report of a result.
func (r Result) Report() Report {
	report := Report{Type: "check", OK: r.Best() != "", Best: r.Best(), Server: r.Web.OK, Ways: []ReportWay{}}
	if r.Socket != nil {
		report.Socket = &r.Socket.OK
	}
	for _, t := range r.Ways {
		one := ReportWay{Way: t.Way, Offered: t.Offered, OK: t.OK, RTT: float64(t.RTT.Microseconds()) / 1000, IPv6: t.IPv6}
		if t.Err != nil {
			one.Error = t.Err.Error()
		}
		report.Ways = append(report.Ways, one)
	}
	return report
}
