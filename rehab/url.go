package rehab

import (
	"fmt"
	"strings"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/rehab/room"
)

// pageURL is the address of a room's page as people reach it. It is the same text each time, in the form to which
// browsers normalise it (host in lower case, no ":443"), because clients compare it with where they are. Robots take
// their password from "pwd".
func (s *Service) pageURL(port int, kind, key string) string {
	host := strings.ToLower(s.cfg.Rehab.WebRTC.Hostname)
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]" // IPv6
	}
	if p := s.cfg.Rehab.WebRTC.ExternalPort; p != 443 {
		host = fmt.Sprintf("%s:%d", host, p)
	}
	url := fmt.Sprintf("https://%s/webrtc/%d/%ss?key=%s", host, port, kind, key)
	if kind == control.Device {
		url += "&pwd=" + key
	}
	return url
}

// sharedURL is for the session's creator and for clients that pass it on.
func (s *Service) sharedURL(spec room.Spec, kind string) string {
	return s.pageURL(spec.Port, kind, spec.Key)
}

// inviteeURL opens the room to one invitee, for as long as it is one.
func (s *Service) inviteeURL(spec room.Spec, who control.Who) string {
	return s.pageURL(spec.Port, who.Kind, control.InviteeKey(spec.Secret, who.Kind, who.UUID))
}
