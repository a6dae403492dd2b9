package store_test

import (
	"testing"
	"time"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

func idsOf[T any](t *testing.T, id func(T) int) func([]T, error) []int {
	return func(rows []T, err error) []int {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var ids []int
		for _, r := range rows {
			ids = append(ids, id(r))
		}
		return ids
	}
}

func TestSessionLists(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		ids := idsOf(t, func(x *store.Session) int { return x.ID })
		list := func(f store.SessionQuery) []int { return ids(s.Sessions(ctx, store.Everything(), f)) }
		// the blocks of the test data are created the same second: order by start, then by key
		for i, at := range []string{"2024-05-01T23:30:00", "2024-05-02T00:00:00", "2024-05-02T23:59:59", "2024-05-03T00:00:00"} {
			if _, err := updateJSON[store.Session](t, s, 25+i, store.Object{"session_start_datetime": at, "session_status": i}); err != nil {
				t.Fatal(err)
			}
		}
		day := func(d int) *time.Time { return ptr(time.Date(2024, 5, d, 15, 0, 0, 0, time.UTC)) }
		for _, tt := range []struct {
			name string
			f    store.SessionQuery
			want []int
		}{
			{"of the day", store.SessionQuery{From: day(2), To: day(2)}, []int{27, 26}},
			{"up to", store.SessionQuery{To: day(2)}, []int{27, 26, 25}},
			{"status", store.SessionQuery{To: day(9), Status: ptr(core.SessionCancelled)}, []int{28}},
			{"planned", store.SessionQuery{To: day(9), Status: ptr(core.SessionNotStarted)}, []int{25}},
			{"page", store.SessionQuery{To: day(9), Limit: 2, Offset: 1}, []int{27, 26}},
			{"offset alone", store.SessionQuery{To: day(9), Offset: 3}, []int{25}},
			{"past the end", store.SessionQuery{To: day(9), Limit: 2, Offset: 30}, nil},
			{"of a user", store.SessionQuery{User: 3}, []int{5, 6, 7, 8, 28}},
			{"of a device", store.SessionQuery{Device: 2}, []int{4}},
			{"of a participant", store.SessionQuery{Participant: 2}, []int{16, 8, 28}},
			{"nobody's", store.SessionQuery{User: 99}, nil},
			{"none asked for", store.SessionQuery{IDs: []int{}}, nil},
		} {
			equal(t, tt.name, list(tt.f), tt.want)
		}
		all := list(store.SessionQuery{Participant: 1})
		if len(all) != 28 {
			t.Errorf("participant 1 has %d sessions", len(all))
		}
		if got := list(store.SessionQuery{Device: 1}); len(got) != 12 {
			t.Errorf("device 1 has %d sessions", len(got))
		}
		events, err := s.SessionEventsOf(ctx, []int{1, 2, 3})
		if err != nil || len(events[1]) != 12 || len(events[2]) != 12 || len(events[3]) != 0 {
			t.Errorf("events = %v, %v", events, err)
		}
	})
}

func TestPeopleLists(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		all := store.Everything()
		users := idsOf(t, func(x *store.User) int { return x.ID })
		people := idsOf(t, func(x *store.Participant) int { return x.ID })
		groups := idsOf(t, func(x *store.UserGroup) int { return x.ID })
		devices := idsOf(t, func(x *store.Device) int { return x.ID })
		first := get[store.Participant](t, s, 1)
		for name, tt := range map[string]struct{ got, want []int }{
			"users of a project":        {users(s.Users(ctx, all, store.UserQuery{Project: 1})), []int{4, 5, 2, 3}}, // by first name
			"with super-administrators": {users(s.Users(ctx, all, store.UserQuery{Project: 3, SuperAdmins: true})), []int{1}},
			"users of a group":          {users(s.Users(ctx, all, store.UserQuery{Groups: []int{3}})), []int{4, 2}},
			"disabled users":            {users(s.Users(ctx, all, store.UserQuery{Enabled: ptr(false)})), nil},
			"no user online":            {users(s.Users(ctx, all, store.UserQuery{UUIDs: []string{}})), nil},
			"participants of a site":    {people(s.Participants(ctx, all, store.ParticipantQuery{Site: 1})), []int{1, 2, 3}},
			"of a project, enabled":     {people(s.Participants(ctx, all, store.ParticipantQuery{Project: 1, Enabled: ptr(true)})), []int{1, 3}},
			"of a group":                {people(s.Participants(ctx, all, store.ParticipantQuery{Group: 1})), []int{1}},
			"without group":             {people(s.Participants(ctx, all, store.ParticipantQuery{NoGroup: true})), []int{2, 3, 4}},
			"of a session":              {people(s.Participants(ctx, all, store.ParticipantQuery{Session: 8})), []int{1, 2}},
			"of a device":               {people(s.Participants(ctx, all, store.ParticipantQuery{Device: 2})), []int{2}},
			"by part of the name":       {people(s.Participants(ctx, all, store.ParticipantQuery{NameContains: "SECRET"})), []int{4}},
			"a name is no pattern":      {people(s.Participants(ctx, all, store.ParticipantQuery{NameContains: "%"})), nil},
			"online":                    {people(s.Participants(ctx, all, store.ParticipantQuery{UUIDs: []string{first.UUID, "nobody"}})), []int{1}},
			"limited":                   {people(s.Participants(ctx, all, store.ParticipantQuery{Limit: 2})), []int{1, 2}},
			"devices of a site":         {devices(s.Devices(ctx, all, store.DeviceQuery{Site: 1})), []int{1, 2}},
			"of a project and type":     {devices(s.Devices(ctx, all, store.DeviceQuery{Project: 1, Type: 1})), []int{2}},
			"of a participant":          {devices(s.Devices(ctx, all, store.DeviceQuery{Participant: 1})), []int{1}},
			"groups of a user":          {groups(s.UserGroups(ctx, all, store.UserGroupQuery{User: 4})), []int{3, 4}},
			"groups by site":            {groups(s.UserGroups(ctx, get[store.User](t, s, 5).Access(), store.UserGroupQuery{BySite: true})), []int{3, 2, 4, 1}},
			"by site, administered":     {groups(s.UserGroups(ctx, get[store.User](t, s, 5).Access().Admin(), store.UserGroupQuery{BySite: true})), nil},
			"disabled devices":          {devices(s.Devices(ctx, all, store.DeviceQuery{Enabled: ptr(false)})), []int{3}},
		} {
			equal(t, name, tt.got, tt.want)
		}
	})
}

func TestBatches(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		last, err := s.LastSessions(ctx, []int{1, 2, 3, 4})
		if err != nil || len(last) != 2 || time.Since(last[1]) > time.Hour {
			t.Errorf("last sessions = %v, %v", last, err)
		}
		counts, err := s.ParticipantCounts(ctx, []int{1, 2, 3})
		if err != nil || counts[1] != 3 || counts[2] != 0 || counts[3] != 1 {
			t.Errorf("participants = %v, %v", counts, err)
		}
		groups, err := s.GroupsOfUsers(ctx, store.Everything(), []int{2, 4, 6})
		if err != nil || len(groups[4]) != 2 || groups[4][0].ID != 4 || len(groups[6]) != 0 {
			t.Errorf("groups = %v, %v", groups, err)
		}
		devices, err := s.DevicesOfParticipants(ctx, []int{1, 2})
		if err != nil || len(devices[2]) != 2 || len(devices[1]) != 1 {
			t.Errorf("devices = %v, %v", devices, err)
		}
		uuids, err := s.UUIDs(ctx, core.KindDevice, []int{1, 99})
		if err != nil || len(uuids) != 1 || uuids[1] != "b707e0b2-e649-47e7-a938-2b949c423f73" {
			t.Errorf("uuids = %v, %v", uuids, err)
		}
	})
}

func TestCloseOverdueSessions(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		version := get[store.Session](t, s, 1).VersionID
		if _, err := updateJSON[store.Session](t, s, 2, store.Object{"session_start_datetime": "2090-01-01"}); err != nil {
			t.Fatal(err)
		}
		n, err := s.CloseOverdueSessions(t.Context(), time.Now())
		if err != nil || n != 4*4-1 {
			t.Errorf("%d changed, %v; want 15", n, err)
		}
		for id, want := range map[int]core.SessionStatus{1: core.SessionCancelled, 2: core.SessionNotStarted, 4: core.SessionTerminated, 5: core.SessionCompleted} {
			if got := get[store.Session](t, s, id); got.Status != want {
				t.Errorf("session %d has status %d, want %d", id, got.Status, want)
			}
		}
		if get[store.Session](t, s, 1).VersionID != version {
			t.Error("the version was touched")
		}
	})
}
