package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/gotera/gotera/core"
)

// testSession says what differs among the 28 sessions of the test data; keys of members.
type testSession struct {
	creator                      Session // its creator columns
	users, participants, devices []int
}

// sessions are four blocks, by a user, a device, a participant and a service, each beginning today and going back a day
// per session (core.md 2.2).
func (d *seeder) sessions(ctx context.Context) error {
	var all []testSession
	for i := range 8 {
		s := testSession{creator: Session{CreatorUserID: ptr(1)}, users: []int{1}, participants: []int{1}}
		if i >= 4 {
			s.users = []int{1, 2, 3}
		}
		if i == 1 {
			s.creator.CreatorParticipantID, s.creator.CreatorServiceID, s.users = ptr(1), ptr(6), []int{1, 2}
		}
		if i == 3 {
			s.devices = []int{2}
		}
		all = append(all, s)
	}
	for i := range 8 {
		s := testSession{creator: Session{CreatorDeviceID: ptr(1)}, participants: []int{1}, devices: []int{1}}
		if i == 0 {
			s.creator.CreatorServiceID = ptr(3)
		}
		all = append(all, s)
	}
	for i := range 8 {
		s := testSession{creator: Session{CreatorParticipantID: ptr(1)}, participants: []int{1}}
		if i < 4 {
			s.devices = []int{1}
		} else {
			s.users = []int{5}
		}
		all = append(all, s)
	}
	for range 4 {
		all = append(all, testSession{creator: Session{CreatorServiceID: ptr(6)}, participants: []int{1}})
	}
	all[27].users = []int{3}
	for _, last := range []int{7, 15, 27} {
		all[last].participants = []int{1, 2}
	}
	now := time.Now()
	statuses := []core.SessionStatus{0, 0, 0, 1, 2, 2, 3, 4}
	for n, s := range all {
		row := s.creator
		row.UUID, row.Name = uuid.NewString(), "Séance #"+strconv.Itoa(n+1)
		row.TypeID, row.Duration, row.Status = 1+rand.N(3), 60+rand.N(4741), statuses[n%8]
		row.Start = now.AddDate(0, 0, -(n % 8)).UTC().Truncate(time.Microsecond)
		if err := d.testSession(ctx, &row, s); err != nil {
			return err
		}
	}
	if err := d.testEvents(ctx, 1, now); err != nil {
		return err
	}
	return d.testEvents(ctx, 2, now)
}

func (d *seeder) testSession(ctx context.Context, row *Session, s testSession) error {
	if err := d.add(ctx, row); err != nil {
		return err
	}
	for kind, ids := range map[core.Kind][]int{core.KindUser: s.users, core.KindParticipant: s.participants, core.KindDevice: s.devices} {
		if err := d.AddSessionMembers(ctx, row.ID, kind, ids); err != nil {
			return err
		}
	}
	return nil
}

func (d *seeder) testEvents(ctx context.Context, session int, now time.Time) error {
	for n, name := range []string{
		"GENERAL_ERROR", "GENERAL_INFO", "GENERAL_WARNING", "SESSION_START", "SESSION_STOP", "DEVICE_ON_CHARGE",
		"DEVICE_OFF_CHARGE", "DEVICE_LOW_BATT", "DEVICE_STORAGE_LOW", "DEVICE_STORAGE_FULL", "DEVICE_EVENT", "USER_EVENT",
	} {
		at := now.Add(-time.Duration(rand.N(11))*time.Hour - time.Duration(rand.N(46))*time.Minute)
		if err := d.add(ctx, &SessionEvent{
			SessionID: session, Type: core.SessionEventType(n), Time: at.UTC().Truncate(time.Microsecond),
			Text: ptr("SessionEventTypes." + name), Context: ptr("Défaut"),
		}); err != nil {
			return err
		}
	}
	return nil
}

func (d *seeder) assets(ctx context.Context) error {
	for i := range 7 {
		a := &Asset{SessionID: 2, Name: fmt.Sprintf("Asset #%d", i), Type: "application/octet-stream", ServiceUUID: serverServiceUUID, UUID: uuid.NewString()}
		switch {
		case i == 0:
			a.ParticipantID = ptr(1)
		case i == 1:
			a.UserID = ptr(2)
		case i >= 3:
			a.SessionID, a.Name, a.Type, a.DeviceID, a.ServiceID = 9, "Device Asset", "video/mpeg", ptr(1), ptr(1)
		}
		if i == 3 {
			a.SessionID = 3
		}
		if err := d.add(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func (d *seeder) testTypes(ctx context.Context) error {
	return d.add(ctx,
		&TestType{UUID: uuid.NewString(), ServiceID: 6, Name: "Pre-session evaluation", Description: ptr("Evaluation shown before a session"),
			Key: ptr("PRE"), HasJSONFormat: true},
		&TestType{UUID: uuid.NewString(), ServiceID: 6, Name: "Post-session evaluation", Description: ptr("Evaluation shown after a session"),
			HasJSONFormat: true, HasWebFormat: true},
		&TestType{UUID: uuid.NewString(), ServiceID: 3, Name: "General survey", Description: ptr("General satisfaction survey"),
			HasWebFormat: true, HasWebEditor: true},
		&TestTypeSite{TestTypeID: 1, SiteID: 1}, &TestTypeSite{TestTypeID: 2, SiteID: 1},
		&TestTypeSite{TestTypeID: 1, SiteID: 2}, &TestTypeSite{TestTypeID: 3, SiteID: 2},
		&TestTypeProject{TestTypeID: 1, ProjectID: 1}, &TestTypeProject{TestTypeID: 2, ProjectID: 1}, &TestTypeProject{TestTypeID: 3, ProjectID: 3},
	)
}

func (d *seeder) tests(ctx context.Context) error {
	for i, t := range []*Test{
		{TypeID: 1, SessionID: 2, ParticipantID: ptr(1)},
		{TypeID: 2, SessionID: 2, UserID: ptr(2)},
		{TypeID: 1, SessionID: 2, DeviceID: ptr(1)},
		{TypeID: 1, SessionID: 3, ParticipantID: ptr(1)},
	} {
		s, err := Get[Session](ctx, d.Tx, t.SessionID)
		if err != nil {
			return err
		}
		t.UUID, t.Name, t.Time = uuid.NewString(), "Test #"+strconv.Itoa(i), s.Start.UTC()
		if err := d.add(ctx, t); err != nil {
			return err
		}
	}
	return nil
}
