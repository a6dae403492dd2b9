package rehab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gotera/gotera/proto/token"
)

const (
	gather       = 50 * time.Millisecond // changes that come together make one event
	writeTimeout = 10 * time.Second      // a client that does not read for so long is dropped
)

// heartbeat is when a comment is sent, so that proxies and clients see that the stream lives. Tests shorten it.
var heartbeat = 15 * time.Second

// apiEvents streams what apiSessions answers, at once and after each change, until the token expires (server-sent
// events, WHATWG HTML 9.2).
func (s *Service) apiEvents(w http.ResponseWriter, q *http.Request) {
	user, ok := s.user(w, q)
	if !ok {
		return
	}
	wake, leave, err := s.hub.listen(user.UserUUID)
	if err != nil {
		refuseAPI(w, http.StatusTooManyRequests, "Too many pages are open")
		return
	}
	defer leave()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // NGINX
	ctx, cancel := context.WithDeadline(q.Context(), user.Expires())
	defer cancel()
	s.stream(ctx, http.NewResponseController(w), w, user, wake, func() bool { return !s.refused(ctx, q) })
}

// refused reports whether a token that was good no longer is. While Redis does not answer it stays good.
func (s *Service) refused(ctx context.Context, q *http.Request) bool {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	text, _ := bearer(q)
	_, err := s.keys.verifyUser(ctx, text)
	return errors.Is(err, token.ErrInvalid) || errors.Is(err, token.ErrExpired)
}

// stream asks valid, at each heartbeat, whether the token still counts: its user may have logged out.
func (s *Service) stream(ctx context.Context, out *http.ResponseController, w http.ResponseWriter, user token.UserClaims, wake <-chan struct{}, valid func() bool) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	var last []byte
	for send := true; ; {
		chunk := []byte(": \n\n")
		if send {
			raw, err := json.Marshal(s.view(ctx, user))
			if err != nil {
				s.log.Error("sessions are not encoded", "err", err)
				return
			}
			chunk = nil
			if !bytes.Equal(raw, last) { // somebody else's session
				last = raw
				chunk = append(append([]byte("event: sessions\ndata: "), raw...), "\n\n"...)
			}
		}
		if len(chunk) > 0 {
			out.SetWriteDeadline(time.Now().Add(writeTimeout)) //nolint:errcheck // not supported by recorders
			if _, err := w.Write(chunk); err != nil || out.Flush() != nil {
				return
			}
		}
		select {
		case <-wake:
			send = pause(ctx, gather)
		case <-beat.C:
			if !valid() {
				return
			}
			send = false
		case <-ctx.Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}

// pause reports whether the time went by before ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
