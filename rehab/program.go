package rehab

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/gotera/gotera/rehab/room"
)

// newHost makes the launcher of rooms from the configuration.
func (s *Service) newHost() (*room.Host, error) {
	c := s.cfg.Rehab
	program, dir, err := s.program()
	if err != nil {
		return nil, err
	}
	cfg := room.Config{
		Dir: s.dir, Program: program, WorkingDir: dir, Env: s.cfg.roomEnv,
		BasePort: c.WebRTC.LocalBasePort, MaxSessions: c.WebRTC.MaxSessions, MediaBasePort: c.WebRTC.MediaBasePort,
		MediaPublicIP: c.WebRTC.MediaPublicIP, ICELite: c.WebRTC.ICELite, ExternalHost: c.WebRTC.Hostname,
		MaxPeers: c.WebRTC.RoomMaxPeers, MemoryMB: c.WebRTC.RoomMemoryMB, OOMScore: c.WebRTC.RoomOOMScore, Nice: c.WebRTC.RoomNice,
		Redis: c.Redis, Debug: s.log.Enabled(s.ctx, slog.LevelDebug), Log: s.log,
	}
	if s.relay != nil {
		cfg.Relay = s.relay
	}
	return room.NewHost(cfg)
}

// program is the command of a room and its working directory. OpenTera's own configuration names Node and its script:
// those stand for our room.
func (s *Service) program() (command []string, dir string, err error) {
	c := s.cfg.Rehab.WebRTC
	executable, script, dir := c.Executable, c.Script, c.WorkingDirectory
	if filepath.Base(executable) == "node" && filepath.Base(script) == "server.js" {
		s.log.Info("the configuration names OpenTera's Node room: using our own instead")
		executable, script, dir = "", "room", ""
	}
	if executable == "" {
		if executable, err = os.Executable(); err != nil {
			return nil, "", fmt.Errorf("find this program: %w", err)
		}
		executable = room.Program(executable)
	}
	if strings.ContainsRune(executable, filepath.Separator) { // or it would be looked for in the room's directory
		if executable, err = filepath.Abs(executable); err != nil {
			return nil, "", err
		}
	}
	command = []string{executable}
	if script != "" {
		command = append(command, script)
	}
	return command, dir, nil
}
