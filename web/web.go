// Package web serves the browser front-end: the pages that Vite builds into dist, their assets, and the plain page that
// people see when they are refused. The TypeScript sources are beside it, in src; README.md there says how they are
// arranged. Pages load nothing from anywhere else.
package web

import (
	"embed"
	"io/fs"
)

// dist is made by `make build`; only .gitkeep is in the repository, so that this package always compiles.
//
//go:embed all:dist
var dist embed.FS

// FS returns the built front-end: room.html, rehab.html, participant.html and assets. It may be empty.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // "dist" is a valid path
	}
	return sub
}
