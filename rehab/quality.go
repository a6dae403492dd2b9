package rehab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/rehab/backend"
	"github.com/gotera/gotera/rehab/disk"
	"github.com/gotera/gotera/rehab/outbox"
	"github.com/gotera/gotera/rehab/report"
)

// lastQuality is how long a room that is about to be stopped may take to tell how its media was.
const lastQuality = 500 * time.Millisecond

// journal is what a session's quality report will be made of. It is on the disk as "<port>.quality" after each picture of
// the room and each coming and going, so that a rehab or a room that is killed loses the last few seconds only.
type journal struct {
	mu     sync.Mutex // guards the fields below; held while the file is written
	report report.Report
	closed bool // the report has been made
}

// journalFile is the journal on the disk.
type journalFile struct {
	Session int64         `json:"session"` // its id
	Started time.Time     `json:"started"` // of this run
	Report  report.Report `json:"report"`
}

func (n *session) journalPath() string {
	return filepath.Join(n.svc.dir, fmt.Sprintf("%d.quality", n.spec.Port))
}

// observe takes an event of the room for the report and the metrics.
func (n *session) observe(e control.Event) {
	n.svc.metrics.Take(n.spec.Port, e)
	n.mu.Lock()
	id := n.id
	n.mu.Unlock()
	j := &n.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return
	}
	j.report.Take(e)
	switch e.Type {
	case control.EventQuality, control.EventJoined, control.EventLeft:
		n.saveJournalLocked(id)
	}
}

func (n *session) saveJournalLocked(id int64) {
	raw, err := json.Marshal(journalFile{Session: id, Started: n.started.UTC(), Report: n.journal.report})
	if err == nil {
		err = disk.Replace(n.journalPath(), raw)
	}
	if err != nil {
		n.log.Warn("session quality is not saved", "err", err)
	}
}

// loadJournal reads what an earlier rehab noted of this run.
func (n *session) loadJournal() {
	raw, err := os.ReadFile(n.journalPath())
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var f journalFile
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	if err != nil {
		n.log.Warn("session quality is not read: its report begins anew", "err", err)
		return
	}
	if f.Session == n.id && f.Started.Equal(n.started) {
		n.journal.report = f.Report
	}
}

func (n *session) removeJournal() {
	if err := os.Remove(n.journalPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		n.log.Warn("session quality is not deleted", "err", err)
	}
}

// measureLast asks the room once more, so that the report reaches to the end.
func (n *session) measureLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastQuality)
	defer cancel()
	q, err := n.room.Quality(ctx)
	if err != nil {
		n.log.Info("the last seconds are not in the quality report", "err", err)
		return
	}
	n.observe(control.Event{Type: control.EventQuality, Quality: &q})
}

// putReport has the quality report recorded as a session event; nil when nobody was in the room. The event is information
// of the service, a type that all of OpenTera's clients show as text.
func (n *session) putReport(at time.Time) *outbox.Entry {
	j := &n.journal
	j.mu.Lock()
	j.closed = true
	empty, text := j.report.Empty(), j.report.Text(n.reportName)
	j.mu.Unlock()
	if empty {
		return nil
	}
	e, err := n.svc.outbox.Put(lane(n.id), false, outbox.Request{
		Path: backend.EventsPath, Body: backend.EventBody(n.id, backend.GeneralInfo, at, n.svc.key, text),
	})
	if err != nil {
		n.log.Error("quality report is lost", "session", n.id, "err", err)
	}
	return e
}

// reportName writes a person as the session's other events do.
func (n *session) reportName(kind, uuid string) string {
	if uuid == "" {
		return "Guests (" + kind + ")"
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if m := n.members.find(control.Who{Kind: kind, UUID: uuid}); m != nil {
		return strings.NewReplacer("\n", " ", "\r", " ").Replace(nameOf(m)) // a line break ends the sentence
	}
	return fmt.Sprintf("%s: %s", title[kind], uuid)
}
