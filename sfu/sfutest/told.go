package sfutest

import (
	"slices"

	"github.com/pion/webrtc/v4"

	"github.com/gotera/gotera/sfu"
)

// Published is for sfu.Handler.
func (c *Client) Published(tracks []sfu.Track) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.published = tracks
}

// Message is for sfu.Handler.
func (c *Client) Message(f sfu.Frame) {
	if c.opt.OnMessage != nil {
		c.opt.OnMessage(f)
	}
}

// Speakers is for sfu.Handler.
func (c *Client) Speakers(tracks []sfu.Track) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.speakers = tracks
}

// Speaking is what the server says of who speaks.
func (c *Client) Speaking() []sfu.Track {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.speakers
}

// Stalled is for sfu.Handler.
func (c *Client) Stalled(tracks []sfu.StalledTrack) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stalled = tracks
}

// Reduced is for sfu.Handler.
func (c *Client) Reduced(tracks []sfu.ReducedTrack) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reduced = tracks
}

// ReducedTracks is what the server last said is reduced for lack of bandwidth.
func (c *Client) ReducedTracks() []sfu.ReducedTrack {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reduced
}

// RestartSource is for sfu.Handler.
func (c *Client) RestartSource(track sfu.Track) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.restarts = append(c.restarts, track)
}

// StalledTracks is what the server last said does not arrive.
func (c *Client) StalledTracks() []sfu.StalledTrack {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stalled
}

// Restarts is what the server asked the client to restart.
func (c *Client) Restarts() []sfu.Track {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.restarts)
}

// State is for sfu.Handler.
func (c *Client) State(webrtc.PeerConnectionState) {}

// Closed is for sfu.Handler.
func (c *Client) Closed(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed, c.closedErr = true, err
}

// Ended returns whether the server has ended the peer, and why.
func (c *Client) Ended() (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed, c.closedErr
}

// Needed is for sfu.Handler.
func (c *Client) Needed(tracks []sfu.Need) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.needs = tracks
}

// Needs is how many layers of a source's video the others need, as the server said last; -1: it has not.
func (c *Client) Needs(source string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.needs {
		if n.Source == source {
			return n.Layers
		}
	}
	return -1
}

// PublishedTracks is what the server says that this client publishes.
func (c *Client) PublishedTracks() []sfu.Track {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.published
}

// Offers counts the server's offers; lines is the number of m-lines in the last.
func (c *Client) Offers() (n, lines int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offers, c.mlines
}

// LastAnswer is the server's last answer, "" before the first.
func (c *Client) LastAnswer() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lastAnswer
}
