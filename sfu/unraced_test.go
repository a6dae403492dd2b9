//go:build !race

package sfu

// raced: the tests run with the race detector.
const raced = false
