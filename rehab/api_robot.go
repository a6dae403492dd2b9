package rehab

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/proto/token"
)

// RobotStopPath is where robots of opentera-webrtc-ros ask for the end of the session that they are in: a path of upstream's
// tele-operation service, which those robots cannot be told another one for.
const RobotStopPath = "/robot/api/session/manager"

const maxRobotStop = 4 << 10 // bytes of such a request

// apiRobotStop ends a session for a device that is in it. As upstream's, it takes the device's token in the query, or in the
// header; the answer is that of session_manage, and a refusal is a JSON text. Only its members hear whether a session is there.
func (s *Service) apiRobotStop(w http.ResponseWriter, q *http.Request) {
	who, err := s.deviceOf(q)
	switch {
	case errors.Is(err, token.ErrInvalid), errors.Is(err, token.ErrExpired):
		writeJSON(w, http.StatusForbidden, "Forbidden")
		return
	case err != nil:
		s.log.Warn("token is not verified", "err", err)
		writeJSON(w, http.StatusServiceUnavailable, "The token cannot be verified now")
		return
	}
	var asked struct {
		Session string `json:"session_uuid"`
		Action  string `json:"action"`
	}
	body := json.NewDecoder(http.MaxBytesReader(w, q.Body, maxRobotStop))
	if body.Decode(&asked) != nil || asked.Session == "" || asked.Action == "" {
		writeJSON(w, http.StatusBadRequest, "session_uuid and action are needed")
		return
	}
	if asked.Action != "stop" {
		writeJSON(w, http.StatusNotImplemented, "Action not implemented")
		return
	}
	n := s.session(0, asked.Session)
	if n == nil || !n.invited(who) {
		writeJSON(w, http.StatusBadRequest, "Invalid session")
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(q.Context()), actionTime)
	defer cancel()
	a, err := s.stop(ctx, request{action: asked.Action, id: n.id})
	if err != nil {
		n.log.Warn("a robot's stop failed", "err", err)
		writeJSON(w, http.StatusServiceUnavailable, reason(err))
		return
	}
	n.log.Info("session stopped by a robot")
	writeJSON(w, http.StatusOK, a.value())
}

// deviceOf is the device whose token a request has. Its error is ErrInvalid or ErrExpired when the token is not good.
func (s *Service) deviceOf(q *http.Request) (control.Who, error) {
	text, ok := bearer(q)
	if !ok {
		text = q.URL.Query().Get("token")
	}
	ctx, cancel := context.WithTimeout(q.Context(), askCore)
	defer cancel()
	c, err := s.keys.verifyDevice(ctx, text)
	if err == nil {
		err = s.current(ctx, text, c.DeviceUUID, s.core.Device, "device_token", "device_enabled")
	}
	if errors.Is(err, bus.ErrNotSet) { // there are no devices yet
		err = token.ErrInvalid
	}
	return control.Who{Kind: control.Device, UUID: c.DeviceUUID}, err
}
