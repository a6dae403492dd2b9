package sdpfrag

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const (
	host  = "candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1"
	relay = "candidate:3471623853 1 tcp 1518280447 198.51.100.2 9 typ host tcptype active generation 0 ufrag EsAw network-id 2"
	pwd   = "vw5LmwG4y/e6dPP/zAP9Gp5k"
)

// offer has two m-lines in one bundle, as browsers write it.
var offer = crlf("v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1", "a=ice-options:trickle",
	"m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", "a=ice-ufrag:EsAw", "a=ice-pwd:"+strings.Repeat("o", 24), "a=mid:0",
	"a="+host, "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=ice-ufrag:EsAw", "a=ice-pwd:"+strings.Repeat("o", 24), "a=mid:1")

func crlf(in ...string) string { return strings.Join(in, "\r\n") + "\r\n" }

func TestParse(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want Fragment
	}{
		"trickle": {
			crlf("a=group:BUNDLE 0 1", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=ice-ufrag:EsAw", "a=ice-pwd:"+pwd, "a="+host, "a="+relay, "a=end-of-candidates"),
			Fragment{Ufrag: "EsAw", Pwd: pwd, Candidates: []string{host, relay}, End: true},
		},
		"restart without candidates": {"a=ice-ufrag:ysXw\r\na=ice-pwd:" + pwd + "\r\n", Fragment{Ufrag: "ysXw", Pwd: pwd}},
		"bare line ends":             {"a=ice-ufrag:ysXw\na=ice-pwd:" + pwd, Fragment{Ufrag: "ysXw", Pwd: pwd}},
		"said twice":                 {crlf("a=ice-ufrag:ysXw", "a=ice-pwd:"+pwd, "m=audio 9 RTP/AVP 0", "a=mid:0", "a=ice-ufrag:ysXw", "a=ice-pwd:"+pwd), Fragment{Ufrag: "ysXw", Pwd: pwd}},
		"for each m-line":            {crlf("m=audio 9 RTP/AVP 0", "a=mid:0", "a="+host, "m=audio 9 RTP/AVP 0", "a=mid:1", "a="+host), Fragment{Candidates: []string{host}}},
		"unknown kinds":              {crlf("m=audio 9 RTP/AVP 0", "a=candidate:1 1 carrier-pigeon 1 x y typ host", "a="+host, "a=x-own:1"), Fragment{Candidates: []string{host}}},
		"empty":                      {"", Fragment{}},
	} {
		got, err := Parse(tt.text)
		if err != nil || got.Ufrag != tt.want.Ufrag || got.Pwd != tt.want.Pwd || got.End != tt.want.End || !slices.Equal(got.Candidates, tt.want.Candidates) {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, tt.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	many := crlf("m=audio 9 RTP/AVP 0")
	for i := range MaxCandidates + 1 {
		many += strings.Replace("a="+host, "61764", "1"+string(rune('0'+i%10))+string(rune('0'+i/10)), 1) + "\r\n"
	}
	for name, text := range map[string]string{
		"JSON":              `{"candidate":"x"}`,
		"words":             "hello",
		"no password":       "a=ice-ufrag:EsAw",
		"no fragment":       "a=ice-pwd:" + pwd,
		"short fragment":    crlf("a=ice-ufrag:abc", "a=ice-pwd:"+pwd),
		"short password":    crlf("a=ice-ufrag:abcd", "a=ice-pwd:short"),
		"other characters":  crlf("a=ice-ufrag:ab d", "a=ice-pwd:"+pwd),
		"two sessions":      crlf("a=ice-ufrag:EsAw", "a=ice-pwd:"+pwd, "m=audio 9 RTP/AVP 0", "a=ice-ufrag:ysXw"),
		"two passwords":     crlf("a=ice-ufrag:EsAw", "a=ice-pwd:"+pwd, "a=ice-pwd:x"+pwd),
		"empty candidate":   "a=candidate:",
		"long candidate":    "a=" + host + strings.Repeat(" x", maxCandidate),
		"empty line within": "a=mid:0\r\n\r\na=mid:1",
		"unknown type":      "z=1",
		"too long":          strings.Repeat("a=x:0123456789\r\n", maxText/16+1),
		"too many":          many,
	} {
		if f, err := Parse(text); !errors.Is(err, ErrSyntax) {
			t.Errorf("%s: got %+v, %v, want ErrSyntax", name, f, err)
		} else if strings.Contains(err.Error(), pwd) || strings.Contains(err.Error(), "192.0.2") {
			t.Errorf("%s: the error quotes: %v", name, err)
		}
	}
}

func TestRestarted(t *testing.T) {
	f := Fragment{Ufrag: "ysXw", Pwd: pwd, Candidates: []string{relay}, End: true}
	got := f.Restarted(offer)
	want := crlf("v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1", "a=ice-options:trickle",
		"m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", "a=ice-ufrag:ysXw", "a=ice-pwd:"+pwd, "a=mid:0",
		"a=candidate:3471623853 1 tcp 1518280447 198.51.100.2 9 typ host tcptype active generation 0 network-id 2", "a=end-of-candidates",
		"m=video 9 UDP/TLS/RTP/SAVPF 96", "a=ice-ufrag:ysXw", "a=ice-pwd:"+pwd, "a=mid:1")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if u, p := Credentials(got); u != "ysXw" || p != pwd {
		t.Errorf("Credentials: %q, %q", u, p)
	}
	if u, p := Credentials("v=0"); u != "" || p != "" {
		t.Errorf("Credentials of nothing: %q, %q", u, p)
	}
}

func TestComplete(t *testing.T) {
	rejected := strings.Replace(offer, "m=audio 9", "m=audio 0", 1)
	for name, tt := range map[string]struct{ in, before string }{
		"first m-line":             {offer, "m=video"},
		"first is rejected":        {rejected, ""},
		"first is in the bundle":   {strings.Replace(rejected, "a=mid:0", "a=mid:0\r\na=bundle-only", 1), "m=video"},
		"candidates were there":    {Complete(offer, []string{relay}), "m=video"},
		"nothing but the session ": {crlf("v=0", "s=-"), ""},
	} {
		got := Complete(tt.in, []string{host})
		own := crlf("a="+host, "a=end-of-candidates")
		if !strings.Contains(got, own+tt.before) || strings.Count(got, "candidate:") != 1 || strings.Count(got, "end-of-candidates") != 1 {
			t.Errorf("%s: got\n%s", name, got)
		}
		if tt.before == "" && !strings.HasSuffix(got, own) {
			t.Errorf("%s: not at the end:\n%s", name, got)
		}
	}
}

func TestOf(t *testing.T) {
	want := crlf("a=group:BUNDLE 0 1", "a=ice-options:trickle", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=ice-ufrag:EsAw",
		"a=ice-pwd:"+strings.Repeat("o", 24), "a="+relay, "a=end-of-candidates")
	got := Of(offer, []string{relay})
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if f, err := Parse(got); err != nil || f.Ufrag != "EsAw" || len(f.Candidates) != 1 || !f.End {
		t.Errorf("it is read as %+v, %v", f, err)
	}
}

func TestOrder(t *testing.T) {
	line := func(protocol, ip string) string { return "candidate:1 1 " + protocol + " 1 " + ip + " 9 typ host" }
	want := []string{
		line("udp", "192.0.2.1"), line("UDP", "192.0.2.2"), line("udp", "2001:db8::1"), line("udp", "fe80::1%eth0"), line("udp", "x.local"),
		line("tcp", "192.0.2.1"), line("tcp", "2001:db8::1"), "candidate:short",
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.Reverse(got[6:]) // those that are alike stay as they came
	Order(got)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSetup(t *testing.T) {
	answer := crlf("v=0", "m=audio 9 x 0", "a=setup:passive", "m=video 9 x 0", "a=setup:passive")
	for offered, want := range map[string]string{"actpass": "passive", "active": "passive", "passive": "active"} {
		got := Setup(answer, "v=0\r\nm=audio 9 x 0\r\na=setup:"+offered+"\r\n")
		if strings.Count(got, "a=setup:"+want+"\r\n") != 2 {
			t.Errorf("offered %s: got\n%s", offered, got)
		}
	}
}

// What is read must fit into an offer without adding a line that the client did not mean.
func FuzzParse(f *testing.F) {
	f.Add(crlf("a=ice-ufrag:EsAw", "a=ice-pwd:"+pwd, "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a="+host, "a=end-of-candidates"))
	f.Add("a=candidate:1 1 udp 1 x.local 9 typ host\rm=video")
	f.Fuzz(func(t *testing.T, text string) {
		frag, err := Parse(text)
		if err != nil {
			return
		}
		got := strings.Split(frag.Restarted(offer), "\r\n")
		n := len(strings.Split(offer, "\r\n")) - 1 + len(frag.Candidates) // its own candidate goes
		if frag.End {
			n++
		}
		if len(got) != n {
			t.Errorf("%d lines, want %d", len(got), n)
		}
		for _, line := range got {
			if strings.ContainsAny(line, "\r\n") {
				t.Errorf("a line within a line: %q", line)
			}
		}
	})
}
