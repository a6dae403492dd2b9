package store_test

import (
	"testing"
	"time"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
	"github.com/gotera/gotera/core/store/storetest"
)

// invite stores an invitation to a test.
func invite(t *testing.T, s *store.Store, v store.TestInvitation) *store.TestInvitation {
	t.Helper()
	v.Expires = time.Now().Add(time.Hour)
	v.MaxCount = 1
	write(t, s, func(tx *store.Tx) error { return tx.Insert(t.Context(), &v) })
	return &v
}

func invitationIDs(rows []*store.TestInvitation) (ids []int) {
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids
}

// TestInvitationAccess: type, project and who is invited must all be within reach (core.md 5.2); a service sees those to its types.
func TestInvitationAccess(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for _, v := range []store.TestInvitation{
			{TypeID: 1, ProjectID: 1, ParticipantID: ptr(1)},                    // 1
			{TypeID: 1, ProjectID: 1, UserID: ptr(6)},                           // 2: a user of nobody's
			{TypeID: 1, ProjectID: 1, UserID: ptr(6), SessionID: ptr(2)},        // 3: in a session that they see
			{TypeID: 1, ProjectID: 3, ParticipantID: ptr(1)},                    // 4: project of another site
			{TypeID: 3, ProjectID: 1, ParticipantID: ptr(1)},                    // 5: type of another site
			{TypeID: 2, ProjectID: 2, DeviceID: ptr(1)},                         // 6
			{TypeID: 2, ProjectID: 1, ParticipantID: ptr(4), SessionID: nil},    // 7: participant of another site
			{TypeID: 2, ProjectID: 1, ParticipantID: ptr(2), SessionID: ptr(5)}, // 8
		} {
			invite(t, s, v)
		}
		for _, tt := range []struct {
			name   string
			access store.Access
			want   []int
		}{
			{"super", get[store.User](t, s, 1).Access(), span(1, 8)},
			{"siteadmin", get[store.User](t, s, 2).Access(), []int{1, 3, 6, 8}},
			{"project admin", get[store.User](t, s, 5).Access(), []int{1, 3, 8}},
			{"nobody", get[store.User](t, s, 6).Access(), nil},
			{"rehab", get[store.Service](t, s, 6).Access(), []int{1, 2, 3, 4, 6, 7, 8}},
			{"file", get[store.Service](t, s, 3).Access(), []int{5}},
			{"participant", get[store.Participant](t, s, 1).Access(), nil},
		} {
			rows, err := s.TestInvitations(t.Context(), tt.access, store.TestInvitationQuery{})
			if err != nil {
				t.Fatal(err)
			}
			equal(t, tt.name, invitationIDs(rows), tt.want)
			seen, err := store.VisibleIDs[store.TestInvitation](t.Context(), s, tt.access, append(span(1, 9), 1, -1))
			if err != nil || len(seen) != len(tt.want) {
				t.Errorf("%s: visible one by one %v, %v, want %v", tt.name, seen, err, tt.want)
			}
		}
		all := store.Everything()
		for _, tt := range []struct {
			name string
			q    store.TestInvitationQuery
			want []int
		}{
			{"union", store.TestInvitationQuery{Users: []int{6}, Devices: []int{1}}, []int{2, 3, 6}},
			{"empty is nothing", store.TestInvitationQuery{Users: []int{}}, nil},
			{"empty or one", store.TestInvitationQuery{Users: []int{}, Sessions: []int{5}}, []int{8}},
			{"no such key", store.TestInvitationQuery{Keys: []string{"x"}}, nil},
		} {
			rows, err := s.TestInvitations(t.Context(), all, tt.q)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, tt.name, invitationIDs(rows), tt.want)
		}
	})
}

// TestAdministeredTestTypes: an administrator of one project that offers a type.
func TestAdministeredTestTypes(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for id, want := range map[int][]int{1: {1, 2, 3}, 2: {1, 2}, 3: {}, 5: {1, 2}, 6: {}} {
			found, err := s.AdministeredTestTypes(t.Context(), get[store.User](t, s, id).Access(), []int{1, 2, 3, 99})
			if err != nil {
				t.Fatal(err)
			}
			if len(found) != len(want) {
				t.Errorf("user %d: got %v, want %v", id, found, want)
			}
			for _, n := range want {
				if !found[n] {
					t.Errorf("user %d: got %v, want %v", id, found, want)
				}
			}
		}
	})
}

func TestTookPart(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for _, tt := range []struct {
			kind        core.Kind
			id, session int
			want        bool
		}{
			{core.KindUser, 1, 1, true}, {core.KindUser, 6, 1, false}, {core.KindUser, 3, 28, true},
			{core.KindParticipant, 1, 28, true}, {core.KindParticipant, 2, 1, false}, {core.KindParticipant, 4, 1, false},
			{core.KindDevice, 1, 9, true}, {core.KindDevice, 2, 4, true}, {core.KindDevice, 2, 9, false}, {core.KindDevice, 1, 99, false},
		} {
			if got, err := s.TookPart(t.Context(), tt.session, tt.kind, tt.id); err != nil || got != tt.want {
				t.Errorf("%s %d in session %d: got %v, %v, want %v", tt.kind, tt.id, tt.session, got, err, tt.want)
			}
		}
	})
}

// TestInvitationDeleteEvent: the deleted invitation is named by its own id; upstream's events carry the type's (core.md 13.3, 57).
func TestInvitationDeleteEvent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, cfg configs.Database) {
		r := &recorder{}
		s := storetest.Seeded(t, cfg, r)
		invite(t, s, store.TestInvitation{TypeID: 2, ProjectID: 1, ParticipantID: ptr(1)})
		v := invite(t, s, store.TestInvitation{TypeID: 2, ProjectID: 1, ParticipantID: ptr(1)})
		r.take()
		write(t, s, func(tx *store.Tx) error { return store.Delete[store.TestInvitation](t.Context(), tx, v.ID) })
		events := r.take()
		if len(events) != 1 || events[0].model != "test_invitation" || events[0].change != core.Updated {
			t.Fatalf("got %v, want one update, as every soft delete", events)
		}
		if o := events[0].value; o["id_test_invitation"] != float64(v.ID) || o["test_invitation_key"] != v.Key || o["deleted_at"] == nil {
			t.Errorf("got %v, want invitation %d", o, v.ID)
		}
	})
}
