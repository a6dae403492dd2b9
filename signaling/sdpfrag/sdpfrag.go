// Package sdpfrag has the SDP fragments that WHIP and WHEP carry in PATCH requests (RFC 8840, section 9; RFC 9725, section
// 4.3): it reads those of clients, writes the room's, and puts what they say into whole descriptions. All m-lines of such a
// client are in one bundle, so there is one ICE username fragment and password, and the candidates are those of the first
// m-line. Start with Parse.
package sdpfrag

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pion/ice/v4"
)

// ErrSyntax is a fragment that is none. Its text says what is wrong, without quoting: a fragment has addresses and a password.
var ErrSyntax = errors.New("not an SDP fragment of trickle ICE")

// Bounds of a fragment.
const (
	MaxCandidates = 64       // of one fragment
	maxCandidate  = 2 << 10  // bytes of one candidate line
	maxText       = 64 << 10 // bytes
)

// Fragment is what a client says of its side of ICE.
type Fragment struct {
	Ufrag, Pwd string   // both are "" when it does not say
	Candidates []string // "candidate:..."; those that cannot be understood are left out
	End        bool     // no more candidates will come
}

// Parse reads a fragment. It fails with ErrSyntax.
func Parse(text string) (Fragment, error) {
	var f Fragment
	if len(text) > maxText {
		return f, fmt.Errorf("%w: more than %d bytes", ErrSyntax, maxText)
	}
	for n, line := range lines(text) {
		if len(line) < 2 || line[1] != '=' {
			return Fragment{}, fmt.Errorf("%w: line %d is not of the form x=", ErrSyntax, n+1)
		}
		if line[0] != 'a' {
			if !strings.ContainsRune("mvostcb", rune(line[0])) { // all but m are surplus, and harmless
				return Fragment{}, fmt.Errorf("%w: line %d has an unknown type", ErrSyntax, n+1)
			}
			continue
		}
		if err := f.attribute(line[2:]); err != nil {
			return Fragment{}, fmt.Errorf("%w: line %d: %w", ErrSyntax, n+1, err)
		}
	}
	if (f.Ufrag == "") != (f.Pwd == "") {
		return Fragment{}, fmt.Errorf("%w: ice-ufrag and ice-pwd come together", ErrSyntax)
	}
	return f, nil
}

var (
	errTwo       = errors.New("another value than before: there is one ICE session")
	errUfrag     = errors.New("ice-ufrag should have 4 to 256 letters, digits, + or /")
	errPwd       = errors.New("ice-pwd should have 22 to 256 letters, digits, + or /")
	errLong      = errors.New("candidate is too long")
	errTooMany   = fmt.Errorf("more than %d candidates", MaxCandidates)
	errCandidate = errors.New("candidate is empty")
)

func (f *Fragment) attribute(text string) error {
	key, value, _ := strings.Cut(text, ":")
	switch key {
	case "ice-ufrag":
		if !iceChars(value, 4) {
			return errUfrag
		}
		return setOnce(&f.Ufrag, value)
	case "ice-pwd":
		if !iceChars(value, 22) {
			return errPwd
		}
		return setOnce(&f.Pwd, value)
	case "end-of-candidates":
		f.End = true
	case "candidate":
		return f.candidate(text)
	}
	return nil
}

func setOnce(field *string, value string) error {
	if *field != "" && *field != value {
		return errTwo
	}
	*field = value
	return nil
}

// iceChars checks the form of a username fragment or password (RFC 8839, section 5.4).
func iceChars(s string, least int) bool {
	return len(s) >= least && len(s) <= 256 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '+' && r != '/'
	})
}

// candidate adds a candidate once: some clients repeat it for each m-line. One of a transport that is not known here is no
// mistake (RFC 9725, section 4.3.2).
func (f *Fragment) candidate(text string) error {
	switch {
	case len(text) > maxCandidate:
		return errLong
	case text == "candidate" || text == "candidate:":
		return errCandidate
	case slices.Contains(f.Candidates, text):
		return nil
	}
	if !Understood(text) {
		return nil
	}
	if len(f.Candidates) == MaxCandidates {
		return errTooMany
	}
	f.Candidates = append(f.Candidates, text)
	return nil
}

// Understood reports whether a candidate ("candidate:...") is of a form, type and transport that are known here.
func Understood(candidate string) bool {
	_, err := ice.UnmarshalCandidate(candidate)
	return err == nil
}

// lines splits text at line ends of either form and leaves out empty ones at the end.
func lines(text string) []string {
	text = strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
