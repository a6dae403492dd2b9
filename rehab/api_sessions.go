package rehab

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/token"
)

// sessionsView is what one user sees of the running sessions.
type sessionsView struct {
	Sessions []sessionView `json:"sessions"`
}

type sessionView struct {
	ID        int64        `json:"id_session"`
	UUID      string       `json:"session_uuid"`
	Name      string       `json:"session_name"`
	Type      int64        `json:"id_session_type"`
	StartedAt time.Time    `json:"started_at"`
	Creator   *personView  `json:"creator"`
	CanManage bool         `json:"can_manage"`
	URL       *string      `json:"url"` // of the user who asks; null when not invited
	Members   []memberView `json:"members"`
}

type personView struct {
	Kind string `json:"kind"`
	UUID string `json:"uuid"`
	Name string `json:"name"`
}

type memberView struct {
	personView
	Status string `json:"status"`
}

// apiSessions lists the running sessions that the user may see.
func (s *Service) apiSessions(w http.ResponseWriter, q *http.Request) {
	user, ok := s.user(w, q)
	if !ok {
		return
	}
	writeJSON(w, http.StatusOK, s.view(q.Context(), user))
}

func bearer(q *http.Request) (text string, ok bool) {
	return strings.CutPrefix(q.Header.Get("Authorization"), "OpenTera ")
}

// user verifies the token of a request, or refuses it. Only the header is read: no cookie, hence no forged requests.
func (s *Service) user(w http.ResponseWriter, q *http.Request) (token.UserClaims, bool) {
	text, ok := bearer(q)
	if !ok {
		refuseAPI(w, http.StatusUnauthorized, "A user token is required")
		return token.UserClaims{}, false
	}
	claims, err := s.keys.verifyUser(q.Context(), text)
	switch {
	case err == nil:
		return claims, true
	case errors.Is(err, token.ErrExpired):
		refuseAPI(w, http.StatusUnauthorized, "The token has expired")
	case errors.Is(err, token.ErrInvalid):
		refuseAPI(w, http.StatusUnauthorized, "The token is not valid")
	default:
		s.log.Warn("token is not verified", "err", err)
		refuseAPI(w, http.StatusServiceUnavailable, "Redis does not answer")
	}
	return token.UserClaims{}, false
}

// view is what user may see, newest first.
func (s *Service) view(ctx context.Context, user token.UserClaims) sessionsView {
	v := sessionsView{Sessions: []sessionView{}}
	running := s.all()
	if len(running) == 0 {
		return v
	}
	var accessible map[string]bool
	if !user.SuperAdmin {
		accessible = s.access.participants(ctx, user.UserUUID)
	}
	for _, n := range running {
		if one, ok := n.view(user, accessible); ok {
			v.Sessions = append(v.Sessions, one)
		}
	}
	slices.SortFunc(v.Sessions, func(a, b sessionView) int { return b.StartedAt.Compare(a.StartedAt) })
	return v
}

// view reports also whether the user may see the session: super-admins, its creator, its members, and who has access to
// one of its participants. Managing by access goes by the first participant, as in the core (core.md 5.2).
func (n *session) view(user token.UserClaims, accessible map[string]bool) (v sessionView, ok bool) {
	me := control.Who{Kind: control.User, UUID: user.UserUUID}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ending {
		return v, false
	}
	m := n.members.find(me)
	belongs := n.belongsLocked(me)
	v = sessionView{
		ID: n.id, UUID: n.uuid, Name: n.name, Type: n.info.Int("id_session_type"), StartedAt: n.started.UTC(),
		CanManage: belongs || n.creator == me || user.SuperAdmin, Members: []memberView{},
	}
	ok = v.CanManage
	first := true
	for _, kind := range kinds {
		for _, other := range n.members {
			if other.Kind != kind {
				continue
			}
			v.Members = append(v.Members, memberView{personView{other.Kind, other.UUID, other.Name}, n.statusLocked(other)})
			if kind == control.Participant {
				ok = ok || accessible[other.UUID]
				v.CanManage = v.CanManage || first && accessible[other.UUID]
				first = false
			}
		}
	}
	if n.creator.UUID != "" {
		v.Creator = &personView{n.creator.Kind, n.creator.UUID, n.creatorName}
	}
	if belongs {
		url := n.svc.sharedURL(n.spec, control.User)
		if m != nil {
			url = n.svc.inviteeURL(n.spec, me)
		}
		v.URL = &url
	}
	return v, ok
}
