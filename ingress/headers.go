package ingress

import (
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
)

// forbidden are headers that only a proxy may say: what a client sends in them is dropped. NGINX can only name each.
var forbidden = []string{
	"X-SSL-CERT", "X-SSL-VERIFIED", "X-SSL-CLIENT-DN", "X-SSL-ISSUER-DN",
	"X-Device-UUID", "X-Participant-UUID",
	"Forwarded", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Prefix",
}

// setHeaders tells the service how the client came here, as OpenTera's opentera.conf does.
func (p *proxy) setHeaders(r *route, pr *httputil.ProxyRequest) {
	h, in := pr.Out.Header, pr.In
	for name := range h {
		// WSGI services cannot tell "_" from "-" in a name.
		if strings.ContainsRune(name, '_') || strings.HasPrefix(name, "X-Ssl-") {
			delete(h, name)
		}
	}
	for _, name := range forbidden {
		h.Del(name)
	}
	h.Del("Expect") // answered here
	client, _, err := net.SplitHostPort(in.RemoteAddr)
	if err != nil {
		client = in.RemoteAddr
	}
	host := hostname(in.Host, p.cfg.ExternalHost)
	pr.Out.Host = host
	h.Set("X-ExternalPort", strconv.Itoa(p.cfg.ExternalPort))
	h.Set("X-ExternalHost", host)
	h["X_ExternalServer"] = []string{p.cfg.ExternalHost}
	h.Set("X-Real-IP", client)
	h.Set("X-Forwarded-For", strings.Join(append(in.Header.Values("X-Forwarded-For"), client), ", "))
	h.Set("X-Forwarded-Proto", "https")
	h.Set("X-Scheme", "https")
	h.Set("X-Script-Name", r.script)
	if r.device && p.cfg.ClientCAFile != "" {
		setCertificate(h, in)
	}
}

// setCertificate tells who the client's certificate was made for; the TLS stack has verified it.
func setCertificate(h http.Header, in *http.Request) {
	if in.TLS == nil || len(in.TLS.VerifiedChains) == 0 {
		h.Set("X-SSL-VERIFIED", "NONE")
		return
	}
	cert := in.TLS.PeerCertificates[0]
	h.Set("X-SSL-VERIFIED", "SUCCESS")
	h.Set("X-SSL-CLIENT-DN", distinguishedName(cert.RawSubject))
	h.Set("X-SSL-ISSUER-DN", distinguishedName(cert.RawIssuer))
}

// hostname is the host part of a Host header in lower case, or fallback when there is none.
func hostname(host, fallback string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	if host == "" {
		return fallback
	}
	return strings.ToLower(host)
}

// fixLocation makes a redirect to http://<host>/ one to this ingress: services do not know that there is TLS.
func (p *proxy) fixLocation(res *http.Response) {
	rest, ok := strings.CutPrefix(res.Header.Get("Location"), "http://"+res.Request.Host+"/")
	if ok {
		res.Header.Set("Location", "https://"+net.JoinHostPort(strings.Trim(res.Request.Host, "[]"), strconv.Itoa(p.cfg.ExternalPort))+"/"+rest)
	}
}
