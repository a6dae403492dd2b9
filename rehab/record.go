package rehab

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/disk"
	"github.com/gotera/gotera/rehab/room"
)

// Phases of a record.
const (
	phaseStarting = "starting" // not answered yet: a rehab that finds it kills the room and forgets it
	phaseRunning  = "running"
	phaseStopping = "stopping" // a rehab that finds it goes on stopping
)

// record is a session on the disk, "<port>.json": what the next rehab needs to carry on.
type record struct {
	Version     int          `json:"version"` // 1
	Phase       string       `json:"phase"`
	Port        int          `json:"port"`
	Key         string       `json:"key"`
	Secret      string       `json:"secret"` // hex
	Process     room.Process `json:"process"`
	StartedAt   time.Time    `json:"started_at"` // UTC
	Info        backend.Row  `json:"info"`
	Members     members      `json:"members"`
	SeenCreator bool         `json:"seen_creator"`
	Ending      *ending      `json:"ending,omitempty"`
}

var recordName = regexp.MustCompile(`^[0-9]+\.json$`)

func (s *Service) recordPath(port int) string {
	return filepath.Join(s.dir, strconv.Itoa(port)+".json")
}

// save writes the record. A session that cannot be saved goes on; the log says so.
func (n *session) save() {
	if err := n.trySave(nil); err != nil {
		n.log.Error("session is not saved: it would be lost with this process", "err", err)
	}
}

// trySave writes the record; with an ending, as that of a session that is being stopped.
func (n *session) trySave(e *ending) error {
	n.saving.Lock()
	defer n.saving.Unlock()
	n.mu.Lock()
	if n.phase == "" || n.phase == phaseStopping && e == nil {
		n.mu.Unlock()
		return nil // its last record has been written
	}
	if e != nil {
		n.phase = phaseStopping
	}
	raw, err := json.Marshal(record{
		Version: 1, Phase: n.phase, Port: n.spec.Port, Key: n.spec.Key, Secret: hex.EncodeToString(n.spec.Secret),
		Process: n.process, StartedAt: n.started.UTC(), Info: n.info, Members: n.members, SeenCreator: n.seenCreator, Ending: e,
	})
	n.mu.Unlock()
	if err != nil {
		return err
	}
	return disk.Write(n.svc.recordPath(n.spec.Port), raw)
}

// forget deletes the record.
func (n *session) forget() {
	n.saving.Lock()
	defer n.saving.Unlock()
	n.mu.Lock()
	n.phase = ""
	n.mu.Unlock()
	n.removeJournal()
	n.svc.metrics.RoomEnded(n.spec.Port)
	if err := disk.Remove(n.svc.recordPath(n.spec.Port)); err != nil {
		n.log.Error("session record is not deleted", "err", err)
	}
}

// records reads what an earlier rehab left. What cannot be read is put aside.
func (s *Service) records() ([]record, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var list []record
	for _, e := range entries {
		if !recordName.MatchString(e.Name()) {
			continue
		}
		r, err := readRecord(filepath.Join(s.dir, e.Name()))
		if err != nil {
			s.log.Error("session record is unreadable and put aside", "file", e.Name(), "err", err)
			os.Rename(filepath.Join(s.dir, e.Name()), filepath.Join(s.dir, e.Name()+".bad"))
			continue
		}
		list = append(list, r)
	}
	return list, nil
}

func readRecord(path string) (record, error) {
	var r record
	raw, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, err
	}
	if r.Version != 1 {
		return r, fmt.Errorf("version %d is not known", r.Version)
	}
	if _, err := r.spec(); err != nil {
		return r, err
	}
	return r, nil
}

func (r record) spec() (room.Spec, error) {
	secret, err := hex.DecodeString(r.Secret)
	if err != nil || len(secret) != control.SecretSize || r.Port < 1 || r.Key == "" {
		return room.Spec{}, fmt.Errorf("port, key or secret is wrong")
	}
	return room.Spec{Port: r.Port, Key: r.Key, Secret: secret}, nil
}
