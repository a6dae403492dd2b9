package rehab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/gotera/gotera/proto/control"
	"github.com/gotera/gotera/rehab/backend"
)

var errOtherRehab = errors.New("another rehab uses this state directory")

// lockState makes sure that no other rehab works with the same sessions. The kernel lets go of it with this process.
func lockState(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "rehab.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("%w: %s", errOtherRehab, dir)
	}
	return f, nil
}

// recover carries on with what an earlier rehab left: sessions go on in their rooms, which are started again when they
// are dead; a start that was never answered is undone; a stop that was begun is finished.
func (s *Service) recover() error {
	list, err := s.records()
	if err != nil {
		return fmt.Errorf("session records: %w", err)
	}
	known := map[int]bool{}
	for _, r := range list {
		known[r.Port] = r.Phase == phaseRunning
		s.resume(r)
	}
	s.host.Sweep(s.ctx, func(port int) bool { return known[port] })
	return nil
}

func (s *Service) resume(r record) {
	spec, err := r.spec()
	if err != nil {
		return // records has checked it
	}
	n := s.newSession(spec, r.StartedAt)
	n.members, n.process, n.seenCreator, n.phase = r.Members, r.Process, r.SeenCreator, r.Phase
	n.mu.Lock()
	n.adoptRowLocked(r.Info)
	n.mu.Unlock()
	n.loadJournal()
	switch r.Phase {
	case phaseRunning:
		s.log.Info("session found again", "session", n.id, "port", spec.Port)
		s.add(n)
		n.mu.Lock()
		n.room = s.host.Adopt(spec, r.Process, n)
		n.mu.Unlock()
		n.arm()
		n.reinvite()
	case phaseStopping:
		s.log.Info("finishing a stop that was begun", "session", n.id)
		n.ending = true
		s.host.Kill(spec, r.Process)
		e := ending{Status: backend.Completed, At: r.StartedAt}
		if r.Ending != nil {
			e = *r.Ending
		}
		unlock, err := s.actions.lock(s.ctx, lane(n.id)) // free: no call is served yet
		if err != nil {
			return
		}
		s.background(func(ctx context.Context) {
			defer unlock()
			s.finishEnd(ctx, n, e)
		})
	default:
		s.log.Info("undoing a start that was not finished", "port", spec.Port)
		s.host.Kill(spec, r.Process)
		n.forget()
	}
}

// reinvite sends the invitation again to those who may have missed it: whoever is in the room already needs none.
func (n *session) reinvite() {
	var people []control.Who
	n.mu.Lock()
	for _, m := range n.members {
		if m.Active && (m.Status == control.Invited || m.Status == control.NoAnswer) {
			people = append(people, m.Who)
		}
	}
	n.mu.Unlock()
	if len(people) > 0 {
		n.invite(people)
	}
}
