package turn

import (
	"net/netip"
	"time"

	"github.com/pion/stun/v4"

	"github.com/gotera/gotera/proto/turncred"
)

// verdict is what is thought of the credentials of a request.
type verdict int

const (
	genuine    verdict = iota
	unknown            // no such username, or not any more, or not signed with its key: 401 (RFC 8489, section 9.2.4)
	stranger           // right, but not those that the client's allocation was made with: 441 (RFC 8656, section 5)
	mismatched         // right, but the client has no allocation: 437
)

// check checks the credentials of a request before pion does, which answers 400 to all that it refuses, or nothing. take is
// how much of the message pion is given: of one with wrong credentials what comes before its MESSAGE-INTEGRITY, so that pion asks
// for credentials as the RFC has it, with a realm and a nonce. Instead there may be an answer.
func (f *front) check(p []byte, client netip.AddrPort, l *leg) (take int, answer []byte) {
	m := stun.Message{Raw: p[:len(p):len(p)]} // what computes the MAC appends to it
	var username stun.Username
	switch {
	case method(p) == stun.MethodBinding, m.Decode() != nil, !m.Contains(stun.AttrMessageIntegrity), username.GetFrom(&m) != nil:
		return len(p), nil // pion's to answer
	}
	v, key := f.judge(&m, username.String(), l)
	switch v {
	case genuine:
		return len(p), nil
	case stranger, mismatched:
		return 0, refused(&m, v, key)
	}
	return cutIntegrity(&m), nil
}

// judge compares credentials in constant time; it counts those that are refused.
func (f *front) judge(m *stun.Message, username string, l *leg) (verdict, []byte) {
	s := f.server
	refuse := func(v verdict, reason int) (verdict, []byte) {
		s.counts.refuse(reason)
		return v, nil
	}
	now := time.Now()
	grant, err := turncred.Parse(username)
	if err != nil || grant.Port < s.cfg.FirstPort || grant.Port > s.cfg.LastPort || grant.Expires.After(now.Add(maxValid)) {
		return refuse(unknown, refusedUsername)
	}
	own := l != nil && l.user == username
	if own && m.Type.Method != stun.MethodAllocate && l.over(now) || !own && !now.Before(grant.Expires) {
		return refuse(unknown, refusedExpired)
	}
	key := s.key(username, grant.Port)
	switch {
	case stun.MessageIntegrity(key).Check(m) != nil:
		return refuse(unknown, refusedCredential)
	case own || m.Type.Method == stun.MethodAllocate:
		return genuine, key
	}
	s.counts.refuse(refusedExpired)
	if l != nil {
		return stranger, key
	}
	return mismatched, key
}

// refused is a signed error answer to m.
func refused(m *stun.Message, v verdict, key []byte) []byte {
	code := stun.CodeAllocMismatch
	if v == stranger {
		code = stun.CodeWrongCredentials
	}
	out, err := stun.Build(&stun.Message{TransactionID: m.TransactionID}, stun.NewType(m.Type.Method, stun.ClassErrorResponse),
		&stun.ErrorCodeAttribute{Code: code}, stun.MessageIntegrity(key))
	if err != nil {
		return nil
	}
	return out.Raw
}

// cutIntegrity makes the message end before its MESSAGE-INTEGRITY and returns its new size.
func cutIntegrity(m *stun.Message) int {
	size := stunHeader
	for _, a := range m.Attributes {
		if a.Type == stun.AttrMessageIntegrity {
			break
		}
		size += 4 + (int(a.Length)+3)/4*4
	}
	m.Length = uint32(size - stunHeader)
	m.WriteLength()
	return size
}
