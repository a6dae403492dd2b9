package rehab

import (
	"time"

	"github.com/gotera/gotera/proto/control"
)

// Times after which a member's status changes by itself.
const (
	noAnswerAfter = 60 * time.Second // invited and silent
	leftAfter     = 95 * time.Second // its peer does not come back; rooms wait 90 s
)

// member is one who was invited at some time. Members are kept when they go, because the row keeps them.
type member struct {
	control.Who
	Name    string    `json:"name"`
	Status  string    `json:"status"` // as in control, but never "online": that is Invited and present
	Active  bool      `json:"active"` // in the session: its key opens the room
	Changed time.Time `json:"changed"`
}

// set changes the status and reports whether it was another.
func (m *member) set(status string, now time.Time) bool {
	if m.Status == status {
		return false
	}
	m.Status, m.Changed = status, now
	return true
}

// deadline is when the status changes by itself, and to what; zero when it does not.
func (m *member) deadline() (at time.Time, next string) {
	switch {
	case !m.Active:
	case m.Status == control.Invited:
		return m.Changed.Add(noAnswerAfter), control.NoAnswer
	case m.Status == control.Reconnecting:
		return m.Changed.Add(leftAfter), control.Left
	}
	return time.Time{}, ""
}

// members are the people of one session, in the order in which they were first invited.
type members []*member

func (l members) find(who control.Who) *member {
	for _, m := range l {
		if m.Who == who {
			return m
		}
	}
	return nil
}

// uuids are those of one kind; with activeOnly, of those in the session now. Never nil: it is sent as JSON.
func (l members) uuids(kind string, activeOnly bool) []string {
	list := []string{}
	for _, m := range l {
		if m.Kind == kind && (m.Active || !activeOnly) {
			list = append(list, m.UUID)
		}
	}
	return list
}

func (l members) active() []control.Who {
	var list []control.Who
	for _, kind := range kinds {
		for _, m := range l {
			if m.Active && m.Kind == kind {
				list = append(list, m.Who)
			}
		}
	}
	return list
}

// invite makes active members of people, and returns who was not in the session before. Those who were and left, or did
// not answer, are asked again.
func (l *members) invite(people []control.Who, now time.Time) []control.Who {
	var added []control.Who
	for _, who := range people {
		m := l.find(who)
		if m == nil {
			m = &member{Who: who}
			*l = append(*l, m)
		}
		if m.Active {
			if m.Status == control.Left || m.Status == control.NoAnswer {
				m.set(control.Invited, now)
			}
			continue
		}
		m.Active = true
		m.set(control.Invited, now)
		added = append(added, who)
	}
	return added
}

func (l members) statuses() []string {
	list := make([]string, len(l))
	for i, m := range l {
		list[i] = m.Status
	}
	return list
}

func (l members) clone() members {
	c := make(members, len(l))
	for i, m := range l {
		copied := *m
		c[i] = &copied
	}
	return c
}

// who lists everybody that a request names, by kind.
func (r *request) who() []control.Who {
	var list []control.Who
	for _, kind := range kinds {
		for _, uuid := range r.lists[kind] {
			list = append(list, control.Who{Kind: kind, UUID: uuid})
		}
	}
	return list
}
