package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
)

// ErrNotBuilt is returned when dist does not hold the page asked for.
var ErrNotBuilt = errors.New("front end not built: run make build")

// Handler serves the page with the given name ("room", "rehab", "participant") with boot written into it as JSON, which
// src/ui/boot.ts reads. It answers GET and HEAD on whatever path it is mounted. When the front-end was not built it
// answers 503 and says so. It panics if boot cannot be marshalled.
func Handler(page string, boot any) http.Handler {
	return handler(FS(), page, boot)
}

func handler(files fs.FS, page string, boot any) http.Handler {
	raw, err := render(files, page, boot)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err != nil {
			Refused(w, r, http.StatusServiceUnavailable, NotBuilt)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		pageHeaders(w.Header())
		w.Write(relocate(raw, r.URL.Path)) //nolint:errcheck // the client has gone
	})
}

// render reads a built page and puts boot at the end of its head.
func render(files fs.FS, page string, boot any) ([]byte, error) {
	raw, err := fs.ReadFile(files, page+".html")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotBuilt, err)
	}
	data, err := json.Marshal(boot) // escapes <, > and &, so the JSON cannot end the script element
	if err != nil {
		panic(fmt.Sprintf("web: boot data of page %s: %v", page, err))
	}
	script := fmt.Appendf(nil, "<script type=\"application/json\" id=\"boot\">%s</script>\n  </head>", data)
	return bytes.Replace(raw, []byte("</head>"), script, 1), nil
}

// relocate makes the page's relative addresses ("./assets/...") lead to the assets beside the top of the service when
// the page is served deeper: "/users" is at the top, "/users/" and "/users/x" are one step down.
func relocate(raw []byte, path string) []byte {
	depth := strings.Count(strings.TrimPrefix(path, "/"), "/")
	if depth == 0 {
		return raw
	}
	return bytes.ReplaceAll(raw, []byte(`="./`), []byte(`="`+strings.Repeat("../", depth)))
}
