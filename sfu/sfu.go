// Package sfu carries the media of one room: it receives what each peer publishes and forwards it to all the others,
// over one UDP and one TCP port. Signaling, names and permissions are left to the caller, which passes descriptions
// and candidates in and out (Handler, Peer). Start with Room and Peer for the control side, and with stream.go,
// layer.go and sender.go for the path of a packet.
//
// What a client must know about the negotiation, beyond JSEP:
//
//   - Either side offers; on glare the server ignores the client's offer, and the client answers the server's and
//     offers again. A client built on Pion cannot roll back: it applies its own offer only when the answer comes
//     (sfutest.Client shows how), and waits with a second description until ICE has been started.
//   - m-lines that the server sends on have mids "s0", "s1" and so on; the client publishes on its own only. A client's
//     m-line that it offers sendrecv is answered recvonly.
//   - An m-line of a track that is gone is offered recvonly and later used again, with another SSRC and stream. What
//     an m-line shows is what the mid says in SentTrack; the id of the browser's MediaStreamTrack does not change.
//   - A client keeps its transceivers when it stops publishing (direction inactive, or replaceTrack) and uses them
//     again, so that descriptions do not grow. It does not call RTCRtpTransceiver.stop.
//
// A client that makes all offers (Options.Answers: WHIP, WHEP, opentera-webrtc) is never offered anything, and is sent media on
// m-lines of its own: answering.go.
package sfu
