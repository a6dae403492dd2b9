package web

import (
	"net/http"
	"strings"
)

// policy is the content security policy of every page. qrc: and ws://localhost:12345 are the QWebChannel bridge of
// OpenTeraPlus; style attributes are set by the view library. Pages may be framed by pages of the same origin only.
var policy = strings.Join([]string{
	"default-src 'none'",
	"script-src 'self' qrc:",
	"style-src 'self' 'unsafe-inline'",
	"img-src 'self' data: blob:",
	"media-src 'self' blob: mediastream:",
	"font-src 'self'",
	"connect-src 'self' wss: ws://localhost:12345",
	"worker-src 'self' blob:",
	"frame-src 'self'",
	"frame-ancestors 'self'",
	"base-uri 'none'",
	"form-action 'self'",
}, "; ")

// pageHeaders sets what every HTML answer carries. Keys are in the address: no cache, no referrer.
func pageHeaders(h http.Header) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
}
