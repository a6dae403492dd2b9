// Package signaling is one room's front and the process of `gotera room`: it serves the session pages to those who hold
// a key, speaks the websocket protocol of README.md with their peers, passes descriptions and data frames to and from
// the media (sfu), and is steered by rehab over the control API (proto/control). It keeps nothing on disk and knows no
// other session. Start at Run, then handle.go, the table of the protocol's messages; robot.go is the same for robots that
// speak another protocol.
package signaling
