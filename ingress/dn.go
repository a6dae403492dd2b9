package ingress

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"
)

// attributes are the short names of RFC 4514, section 3, and OpenSSL's for emailAddress and serialNumber.
var attributes = map[string]string{
	"2.5.4.3": "CN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU",
	"0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "emailAddress",
}

// distinguishedName is a DER-encoded name in the text form of RFC 2253: the last part first, as NGINX passes it on.
func distinguishedName(der []byte) string {
	var name pkix.RDNSequence
	if rest, err := asn1.Unmarshal(der, &name); err != nil || len(rest) > 0 {
		return ""
	}
	var parts []string
	for _, set := range slices.Backward(name) {
		var part []string
		for _, a := range set {
			key, ok := attributes[a.Type.String()]
			if !ok {
				key = a.Type.String()
			}
			part = append(part, key+"="+escapeDN(fmt.Sprint(a.Value)))
		}
		parts = append(parts, strings.Join(part, "+"))
	}
	return strings.Join(parts, ",")
}

// escapeDN escapes as RFC 2253, section 2.4; what is not printable ASCII becomes \XX, so that it fits in a header.
func escapeDN(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		first, last := i == 0, i == len(s)-1
		switch {
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%02X`, c)
			continue
		case strings.IndexByte(`,+"\<>;`, c) >= 0, c == '#' && first, c == ' ' && (first || last):
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}
