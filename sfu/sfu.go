// Package sfu carries the media of one room: it receives what each peer publishes and forwards it to all the others,
// over one UDP and one TCP port. Signaling, names and permissions are left to the caller, which passes descriptions
// and candidates in and out (Handler, Peer). Start with Room and Peer for the control side, and with receiver.go and
// sender.go for the path of a packet.
package sfu
