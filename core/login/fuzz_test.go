package login

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// FuzzCertificate: of the header that carries a certificate's subject nothing but a UUID comes out, one that stands there
// as an item of its own beside the name Device, and only from the proxy with a verified certificate (core.md 3.10).
func FuzzCertificate(f *testing.F) {
	const id = "b707e0b2-e649-47e7-a938-2b949c423f73"
	f.Add("UID="+id+",CN=Device", "SUCCESS", "127.0.0.1:1", true)
	f.Add("CN=Device, UID="+id, "SUCCESS", "[::1]:1", true)
	f.Add("UID="+id+",CN=Device", "FAILED:expired", "127.0.0.1:1", true)
	f.Add("UID="+id+",CN=Device", "SUCCESS", "192.0.2.1:1", true)
	f.Add(`CN=x\,UID=`+id+`\,CN=Device`, "SUCCESS", "127.0.0.1:1", true)
	f.Add("UID={"+id+"},CN=Device", "SUCCESS", "127.0.0.1:1", true)
	f.Add("UID="+strings.ToUpper(id)+",CN=Participant", "NONE", "", false)
	f.Fuzz(func(t *testing.T, dn, verified, peer string, believed bool) {
		l := &Login{cfg: Config{ClientCertificates: believed}}
		r := &http.Request{RemoteAddr: peer, Header: http.Header{}}
		r.Header["X-Ssl-Client-Dn"], r.Header["X-Ssl-Verified"] = []string{dn}, []string{verified}
		r.Header["X-Device-Uuid"] = []string{id}
		got := l.certificate(r)
		if got == "" {
			return
		}
		if !believed || verified != "SUCCESS" || !FromProxy(r) {
			t.Errorf("believed %q from %q, verified %q", dn, peer, verified)
		}
		if len(got) != 36 || uuid.Validate(got) != nil {
			t.Errorf("%q gives %q, which is no UUID", dn, got)
		}
		var hasID, hasName bool
		for item := range strings.SplitSeq(dn, ",") {
			hasID = hasID || strings.TrimSpace(item) == "UID="+got
			hasName = hasName || strings.TrimSpace(item) == "CN=Device"
		}
		if !hasID || !hasName {
			t.Errorf("%q gives %q, which it does not hold beside the name", dn, got)
		}
	})
}

// FuzzAuthorization: no header makes the parser fail, and the scheme is taken as it is written.
func FuzzAuthorization(f *testing.F) {
	for _, h := range []string{"OpenTera abc", "opentera abc", "Basic dTpw", "OpenTera", "OpenTera  a b", "\t", "Bearer x.y.z"} {
		f.Add(h)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := &http.Request{Header: http.Header{"Authorization": []string{header}}}
		scheme, presented := authorization(r)
		if presented == "" {
			return
		}
		if !strings.HasPrefix(strings.TrimLeft(header, " \t\r\n\v\f\u0085\u00a0"), scheme) || !strings.Contains(header, presented) {
			t.Errorf("%q gives the scheme %q and the token %q", header, scheme, presented)
		}
	})
}
