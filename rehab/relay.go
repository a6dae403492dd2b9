package rehab

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/gotera/gotera/proto/signal"
	"github.com/gotera/gotera/proto/turncred"
	"github.com/gotera/gotera/rehab/relay"
)

// startRelay starts the TURN server, or finds it, unless the configuration has none.
func (s *Service) startRelay() error {
	if !s.cfg.Rehab.WebRTC.TURNEnabled() {
		return nil
	}
	program := s.cfg.turnProgram
	if program == nil {
		executable, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find this program: %w", err)
		}
		program = []string{executable, "turn"}
	}
	r, err := relay.Start(relay.Config{
		Dir: s.dir, Program: program, WebRTC: s.cfg.Rehab.WebRTC, Debug: s.log.Enabled(s.ctx, slog.LevelDebug), Log: s.log,
	})
	if err != nil {
		return err
	}
	s.relay = r
	s.relays = s.iceServers
	s.metrics.ServeTURN(r.Status)
	return nil
}

// testLife is for how long the credentials of a connectivity test open new allocations.
const testLife = 2 * time.Minute

// iceServers are the TURN servers with credentials for one peer and one media port.
func (s *Service) iceServers(port int, peer string) []signal.ICEServer {
	urls := s.relay.URLs(s.ctx)
	if len(urls) == 0 {
		return nil
	}
	username, credential := turncred.Mint(s.relay.Key(port), turncred.Grant{Port: port, Peer: peer, Expires: time.Now().Add(testLife)})
	return []signal.ICEServer{{URLs: urls, Username: username, Credential: credential}}
}
