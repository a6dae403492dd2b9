package rehab

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/proto/token"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/connectivity"
)

// askCore is how long the core may take to say whether a token is still its owner's.
const askCore = 5 * time.Second

// newConnectivity opens the echo peer that people test their network against. Without its port there is no test, and
// everything else goes on.
func (s *Service) newConnectivity() *connectivity.Server {
	c := s.cfg.Rehab.WebRTC
	echo, err := connectivity.New(connectivity.Config{
		Listen: fmt.Sprintf(":%d", c.CheckPort()), PublicIPs: c.PublicIPs(),
		Loopback: configs.Loopback(c.Hostname), Log: s.log,
	})
	if err != nil {
		s.log.Warn("connectivity tests are not offered", "err", err)
		return nil
	}
	return &connectivity.Server{Echo: echo, Account: s.tester, ICEServers: s.testRelays, Log: s.log}
}

// testRelays are TURN servers with credentials that lead to the echo peer. An account always has the same name there, so
// that asking again does not give it more.
func (s *Service) testRelays(account string) []signal.ICEServer {
	if s.relays == nil {
		return nil
	}
	name := sha256.Sum256([]byte(account))
	return s.relays(s.cfg.Rehab.WebRTC.CheckPort(), "check-"+hex.EncodeToString(name[:12]))
}

// apiConnectivity lets people find out which ways to this server their network leaves open (connectivity.Server).
func (s *Service) apiConnectivity(w http.ResponseWriter, q *http.Request) {
	if s.connectivity == nil {
		refuseAPI(w, http.StatusServiceUnavailable, "This server offers no connectivity test")
		return
	}
	s.connectivity.ServeHTTP(w, q)
}

// tester says for whom a request for a connectivity test speaks: the holder of a user's, participant's or device's token,
// or of a key of a running session (key and port in the query). No cookie is read.
func (s *Service) tester(q *http.Request) (string, error) {
	if text, ok := bearer(q); ok {
		return s.tokenHolder(q.Context(), text)
	}
	if key := q.URL.Query().Get("key"); key != "" {
		port, _ := strconv.Atoi(q.URL.Query().Get("port"))
		if account, ok := s.keyHolder(port, key); ok {
			return account, nil
		}
		return "", &connectivity.Refused{Status: http.StatusForbidden, Text: "The key does not open a running session"}
	}
	return "", &connectivity.Refused{Status: http.StatusUnauthorized, Text: "A token or a session's key is required"}
}

// tokenHolder tries each kind of token in turn.
func (s *Service) tokenHolder(ctx context.Context, text string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askCore)
	defer cancel()
	kinds := []func() (string, error){
		func() (string, error) {
			c, err := s.keys.verifyUser(ctx, text)
			return control.User + ":" + c.UserUUID, err
		},
		func() (string, error) {
			c, err := s.keys.verifyParticipant(ctx, text)
			if err == nil && c.Expires().IsZero() {
				err = s.current(ctx, text, c.ParticipantUUID, s.core.Participant, "participant_token", "participant_enabled", "participant_token_enabled")
			}
			return control.Participant + ":" + c.ParticipantUUID, err
		},
		func() (string, error) {
			c, err := s.keys.verifyDevice(ctx, text)
			if err == nil {
				err = s.current(ctx, text, c.DeviceUUID, s.core.Device, "device_token", "device_enabled")
			}
			return control.Device + ":" + c.DeviceUUID, err
		},
	}
	for _, try := range kinds {
		account, err := try()
		switch {
		case err == nil:
			return account, nil
		case errors.Is(err, token.ErrExpired):
			return "", &connectivity.Refused{Status: http.StatusUnauthorized, Text: "The token has expired"}
		case !errors.Is(err, token.ErrInvalid) && !errors.Is(err, bus.ErrNotSet):
			s.log.Warn("token is not verified", "err", err)
			return "", &connectivity.Refused{Status: http.StatusServiceUnavailable, Text: "The token cannot be verified now"}
		}
	}
	return "", &connectivity.Refused{Status: http.StatusUnauthorized, Text: "The token is not valid"}
}

// current fails with ErrInvalid unless the core still has text as the token of an account that may use it.
func (s *Service) current(ctx context.Context, text, uuid string, row func(context.Context, string) (backend.Row, error), column string, enabled ...string) error {
	if !validUUID.MatchString(uuid) {
		return token.ErrInvalid
	}
	account, err := row(ctx, uuid)
	if err != nil {
		if backend.Permanent(err) {
			return token.ErrInvalid // not of this service's people
		}
		return err
	}
	for _, flag := range enabled {
		if on, _ := account[flag].(bool); !on {
			return token.ErrInvalid
		}
	}
	if subtle.ConstantTimeCompare([]byte(account.Text(column)), []byte(text)) != 1 {
		return token.ErrInvalid
	}
	return nil
}

// keyHolder says whom a key of the running session on port stands for.
func (s *Service) keyHolder(port int, key string) (string, bool) {
	for _, n := range s.all() {
		if n.spec.Port != port || n.over() {
			continue
		}
		if subtle.ConstantTimeCompare([]byte(key), []byte(n.spec.Key)) == 1 {
			return fmt.Sprintf("session:%d", port), true
		}
		for _, kind := range kinds {
			uuid, ok := control.CheckInviteeKey(n.spec.Secret, kind, key)
			if ok && n.invited(control.Who{Kind: kind, UUID: uuid}) {
				return kind + ":" + uuid, true
			}
		}
	}
	return "", false
}

// invited reports whether who's own URL opens the session.
func (n *session) invited(who control.Who) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	m := n.members.find(who)
	return m != nil && m.Active
}

// over reports whether the session is being stopped: its keys open nothing from then on.
func (n *session) over() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ending
}
