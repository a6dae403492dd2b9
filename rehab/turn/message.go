package turn

import (
	"encoding/binary"
	"net/netip"

	"github.com/pion/stun/v4"
)

// Sizes and constants of RFC 8489, section 5, and RFC 8656, section 12.
const (
	stunHeader  = 20
	magicCookie = 0x2112A442

	classRequest    = 0x000
	classIndication = 0x010
)

// Kinds of what a client may send (RFC 8656, section 12; RFC 7983).
type kind int

const (
	kindOther kind = iota
	kindRequest
	kindData // ChannelData, or a Send indication
)

// stunID returns the transaction id and the class bits of p if it is a STUN message.
func stunID(p []byte) (id [12]byte, class int, ok bool) {
	if len(p) < stunHeader || p[0]>>6 != 0 || binary.BigEndian.Uint32(p[4:]) != magicCookie {
		return id, 0, false
	}
	copy(id[:], p[8:])
	return id, int(binary.BigEndian.Uint16(p)) & 0x110, true
}

// method is that of a STUN message, which stunID has found to be one.
func method(p []byte) stun.Method {
	t := binary.BigEndian.Uint16(p)
	return stun.Method(t&0xF | t&0xE0>>1 | t&0x3E00>>2)
}

// kindOf tells what a client's message is. Those that no client of ours needs are kindOther: relayed TCP connections (RFC
// 6062), and what only servers send.
func kindOf(p []byte) kind {
	if len(p) >= 4 && p[0]>>6 == 1 {
		return kindData
	}
	_, class, ok := stunID(p)
	if !ok {
		return kindOther
	}
	switch m := method(p); {
	case class == classIndication && m == stun.MethodSend:
		return kindData
	case class == classRequest:
		switch m {
		case stun.MethodBinding, stun.MethodAllocate, stun.MethodRefresh, stun.MethodCreatePermission, stun.MethodChannelBind:
			return kindRequest
		}
	}
	return kindOther
}

// frameSize is the length of the message that begins with head on a stream, padding included (RFC 8656, section 3.6); 0 when
// it is none.
func frameSize(head []byte) int {
	length := int(binary.BigEndian.Uint16(head[2:]))
	switch {
	case head[0]>>6 == 0 && length%4 == 0:
		return stunHeader + length
	case head[0]>>6 == 1:
		return 4 + (length+3)/4*4
	}
	return 0
}

// peerAddresses are the XOR-PEER-ADDRESS attributes of a message (RFC 8656, section 18.3), at most 16.
func peerAddresses(p []byte) []netip.AddrPort {
	m := stun.Message{Raw: p}
	if m.Decode() != nil {
		return nil
	}
	var list []netip.AddrPort
	for _, a := range m.Attributes {
		if a.Type != stun.AttrXORPeerAddress || len(list) == 16 {
			continue
		}
		one := stun.Message{TransactionID: m.TransactionID, Attributes: stun.Attributes{a}}
		var x stun.XORMappedAddress
		if x.GetFromAs(&one, stun.AttrXORPeerAddress) != nil {
			continue
		}
		if ip, ok := netip.AddrFromSlice(x.IP); ok {
			list = append(list, netip.AddrPortFrom(ip.Unmap(), uint16(x.Port)))
		}
	}
	return list
}

// forbidden makes an error answer with code 403 and the session's integrity of p, an answer of pion to a ChannelBind that
// was not permitted: pion says 401, without integrity, which tells clients to try again with other credentials.
func forbidden(p, key []byte) []byte {
	m := stun.Message{Raw: p}
	var code stun.ErrorCodeAttribute
	if m.Decode() != nil || m.Type != stun.NewType(stun.MethodChannelBind, stun.ClassErrorResponse) || m.Contains(stun.AttrNonce) ||
		code.GetFrom(&m) != nil || code.Code != stun.CodeUnauthorized {
		return p
	}
	out, err := stun.Build(&stun.Message{TransactionID: m.TransactionID}, m.Type,
		&stun.ErrorCodeAttribute{Code: stun.CodeForbidden}, stun.MessageIntegrity(key))
	if err != nil {
		return p
	}
	return out.Raw
}
