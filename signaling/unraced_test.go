//go:build !race

package signaling

// raced: the tests run with the race detector.
const raced = false
