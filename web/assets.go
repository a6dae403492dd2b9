package web

import (
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// Assets serves the files of dist/assets below a path that ends with /assets/. Their names carry a hash of their
// content, so they may be kept for ever; they are sent compressed when the browser takes it.
func Assets() http.Handler {
	return assets(FS())
}

func assets(files fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := "assets/" + path.Base(path.Clean("/"+r.URL.Path))
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		info, err := fs.Stat(files, name)
		if err != nil || info.IsDir() {
			h.Set("Cache-Control", "no-store")
			http.Error(w, "no such file", http.StatusNotFound)
			return
		}
		h.Set("Content-Type", contentType(name))
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		if ending, coding := negotiate(files, name, r.Header.Get("Accept-Encoding")); coding != "" {
			name += ending
			h.Set("Content-Encoding", coding)
		}
		http.ServeFileFS(w, r, files, name)
	})
}

// negotiate chooses a compressed copy that exists and that the client accepts.
func negotiate(files fs.FS, name, accept string) (ending, coding string) {
	for _, c := range []struct{ ending, coding string }{{".br", "br"}, {".gz", "gzip"}} {
		if !accepts(accept, c.coding) {
			continue
		}
		if _, err := fs.Stat(files, name+c.ending); err == nil {
			return c.ending, c.coding
		}
	}
	return "", ""
}

// accepts reports whether an Accept-Encoding header names coding without refusing it (RFC 9110, section 12.5.3).
func accepts(header, coding string) bool {
	for item := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(item, ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) {
			weight = strings.ReplaceAll(weight, " ", "")
			return weight != "q=0" && weight != "q=0.0" && weight != "q=0.00" && weight != "q=0.000"
		}
	}
	return false
}

func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}
