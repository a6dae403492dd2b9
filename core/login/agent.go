package login

import (
	"net/http"
	"regexp"
	"strings"
)

// client is what a program says of itself, for the login log (core.md 3.11).
type client struct {
	name, version, os, osVersion string
}

// programs are looked for in the User-Agent in this order: Edge and Opera name Chrome too, Chrome names Safari.
var programs = []struct {
	name string
	find *regexp.Regexp
}{
	{"Edge", regexp.MustCompile(`Edg(?:e|A|iOS)?/([\d.]+)`)},
	{"Opera", regexp.MustCompile(`OPR/([\d.]+)`)},
	{"QtWebEngine", regexp.MustCompile(`QtWebEngine/([\d.]+)`)},
	{"Chrome", regexp.MustCompile(`(?:Chrome|CriOS)/([\d.]+)`)},
	{"Firefox", regexp.MustCompile(`(?:Firefox|FxiOS)/([\d.]+)`)},
	{"Safari", regexp.MustCompile(`Version/([\d.]+).*Safari/`)},
	{"", regexp.MustCompile(`^([\w.-]+)/([\w.-]+)`)},
}

var systems = []struct {
	name string
	find *regexp.Regexp
}{
	{"Windows", regexp.MustCompile(`Windows NT ([\d.]+)`)},
	{"Android", regexp.MustCompile(`Android ([\d.]+)`)},
	{"iOS", regexp.MustCompile(`(?:iPhone|CPU) OS ([\d_]+)`)},
	{"Mac OS X", regexp.MustCompile(`Mac OS X ([\d_.]+)`)},
	{"Linux", regexp.MustCompile(`Linux()`)},
}

// maxWord bounds what a client may put in the login log per field.
const maxWord = 128

func describe(r *http.Request) client {
	agent := r.UserAgent()
	if len(agent) > 512 {
		agent = agent[:512]
	}
	var c client
	for _, p := range programs {
		if m := p.find.FindStringSubmatch(agent); m != nil {
			c.name, c.version = p.name, m[len(m)-1]
			if p.name == "" {
				c.name = m[1]
			}
			break
		}
	}
	for _, s := range systems {
		if m := s.find.FindStringSubmatch(agent); m != nil {
			c.os, c.osVersion = s.name, strings.ReplaceAll(m[1], "_", ".")
			break
		}
	}
	override(r, "X-Client-Name", &c.name)
	override(r, "X-Client-Version", &c.version)
	override(r, "X-OS-Name", &c.os)
	override(r, "X-OS-Version", &c.osVersion)
	for _, word := range []*string{&c.name, &c.version, &c.os, &c.osVersion} {
		*word = strings.ToValidUTF8((*word)[:min(len(*word), maxWord)], "")
	}
	return c
}

func override(r *http.Request, header string, word *string) {
	if v := r.Header.Get(header); v != "" {
		*word = v
	}
}
