// Package web serves the browser front-end that the build puts in dist.
package web
