package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// AssetQuery filters Assets.
type AssetQuery struct {
	IDs                                        []int // one by one: by the rule for one asset
	UUIDs                                      []string
	Session                                    int
	Device, Participant, User                  int    // theirs, or of a session with them in it
	OfDevice, OfParticipant, OfUser, OfService int    // theirs alone
	KeptBy                                     string // the service's uuid
}

// Assets are ordered by key. Those asked for by id or uuid follow the rule for one asset, others the rule for lists:
// participants and devices have one rule only.
func (r *Reader) Assets(ctx context.Context, a Access, f AssetQuery) ([]*Asset, error) {
	return list[Asset](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		t := tableFor[Asset]()
		if f.IDs != nil || f.UUIDs != nil {
			q = a.restrict(q, t)
		} else {
			q = a.restrictData(q, t)
		}
		q = in(q, "t_assets.id_asset", f.IDs)
		q = in(q, "t_assets.asset_uuid", f.UUIDs)
		q = equals(q, "t_assets.id_session", f.Session)
		q = concerns(q, "id_device", "t_sessions_devices", f.Device)
		q = concerns(q, "id_participant", "t_sessions_participants", f.Participant)
		q = concerns(q, "id_user", "t_sessions_users", f.User)
		q = equals(q, "t_assets.id_device", f.OfDevice)
		q = equals(q, "t_assets.id_participant", f.OfParticipant)
		q = equals(q, "t_assets.id_user", f.OfUser)
		q = equals(q, "t_assets.id_service", f.OfService)
		if f.KeptBy != "" {
			q = q.Where("t_assets.asset_service_uuid = ?", f.KeptBy)
			if a.kind == core.KindUser && !a.all() { // upstream leaves out what other services made
				q = q.Where("(t_assets.id_service IS NULL OR t_assets.id_service IN (?))", userServices(a.inside()))
			}
		}
		return q
	})
}

// concerns keeps the assets of somebody, and those of sessions with them in it.
func concerns(q *bun.SelectQuery, column, members string, id int) *bun.SelectQuery {
	if id == 0 {
		return q
	}
	return q.Where("(t_assets.? = ? OR t_assets.id_session IN (SELECT l.id_session FROM ? l WHERE l.? = ? AND l.deleted_at IS NULL))",
		bun.Ident(column), id, bun.Ident(members), bun.Ident(column), id)
}

// equals keeps the rows whose column holds id; zero does not filter.
func equals(q *bun.SelectQuery, column string, id int) *bun.SelectQuery {
	if id == 0 {
		return q
	}
	return q.Where("? = ?", bun.Ident(column), id)
}

// TestQuery filters Tests.
type TestQuery struct {
	IDs                                []int // one by one: by the rule for one test
	UUIDs                              []string
	Session                            int
	Device, Participant, User, Service int // theirs
}

// Tests are ordered by type, then by time. Those asked for by id or uuid follow the rule for one test, others that for lists.
func (r *Reader) Tests(ctx context.Context, a Access, f TestQuery) ([]*Test, error) {
	return list[Test](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		t := tableFor[Test]()
		if f.IDs != nil || f.UUIDs != nil {
			q = a.restrict(q, t)
		} else {
			q = a.restrictData(q, t)
		}
		q = q.Order("t_tests.id_test_type", "test_datetime")
		q = in(q, "t_tests.id_test", f.IDs)
		q = in(q, "test_uuid", f.UUIDs)
		q = equals(q, "t_tests.id_session", f.Session)
		q = equals(q, "t_tests.id_device", f.Device)
		q = equals(q, "t_tests.id_participant", f.Participant)
		q = equals(q, "t_tests.id_user", f.User)
		return equals(q, "t_tests.id_service", f.Service)
	})
}

// CountTests counts the live tests of a type in a session.
func (r *Reader) CountTests(ctx context.Context, session, testType int) (int, error) {
	return r.count(ctx, "SELECT count(*) FROM t_tests WHERE id_session = ? AND id_test_type = ? AND deleted_at IS NULL", session, testType)
}

// TestTypeQuery filters TestTypes.
type TestTypeQuery struct {
	IDs     []int
	UUIDs   []string
	Keys    []string
	Site    int
	Project int
}

// TestTypes are ordered by name.
func (r *Reader) TestTypes(ctx context.Context, a Access, f TestTypeQuery) ([]*TestType, error) {
	return list[TestType](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = a.restrict(q, tableFor[TestType]()).Order("test_type_name")
		q = in(q, "t_tests_types.id_test_type", f.IDs)
		q = in(q, "test_type_uuid", f.UUIDs)
		q = in(q, "test_type_key", f.Keys)
		q = linked(q, "t_tests_types", "id_test_type", "t_tests_types_sites", "id_site", f.Site)
		return linked(q, "t_tests_types", "id_test_type", "t_tests_types_projects", "id_project", f.Project)
	})
}

// AdministeredTestTypes tells which of these test types a project offers that a administers.
func (r *Reader) AdministeredTestTypes(ctx context.Context, a Access, types []int) (map[int]bool, error) {
	found := map[int]bool{}
	for batch := range batches(types) {
		ids, err := r.ids(ctx, "SELECT DISTINCT id_test_type FROM t_tests_types_projects WHERE deleted_at IS NULL AND id_test_type IN (?) AND id_project IN (?)",
			bun.List(batch), a.Admin().visible(tableFor[Project]()))
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			found[id] = true
		}
	}
	return found, nil
}

// TestInvitationQuery chooses invitations: those that any of the fields matches. Nil fields match nothing; with all of
// them nil there is no choice, and every invitation is listed.
type TestInvitationQuery struct {
	IDs                                                     []int
	Keys                                                    []string
	Users, Participants, Devices, Sessions, Types, Projects []int
}

// TestInvitations are ordered by key.
func (r *Reader) TestInvitations(ctx context.Context, a Access, f TestInvitationQuery) ([]*TestInvitation, error) {
	return list[TestInvitation](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = a.restrict(q, tableFor[TestInvitation]())
		return q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			for _, c := range []struct {
				column string
				ids    []int
			}{
				{"id_test_invitation", f.IDs}, {"id_user", f.Users}, {"id_participant", f.Participants}, {"id_device", f.Devices},
				{"id_session", f.Sessions}, {"id_test_type", f.Types}, {"id_project", f.Projects},
			} {
				if c.ids != nil {
					q = q.WhereOr("t_tests_invitations.? IN (?)", bun.Ident(c.column), bun.List(c.ids))
				}
			}
			if f.Keys != nil {
				q = q.WhereOr("test_invitation_key IN (?)", bun.List(f.Keys))
			}
			return q
		})
	})
}

// TookPart reports whether an account made a session or is a member of it.
func (r *Reader) TookPart(ctx context.Context, session int, kind core.Kind, id int) (bool, error) {
	n, err := r.count(ctx, `SELECT count(*) FROM t_sessions s WHERE s.id_session = ? AND s.deleted_at IS NULL AND (s.? = ? OR EXISTS (
		SELECT 1 FROM ? l WHERE l.id_session = s.id_session AND l.? = ? AND l.deleted_at IS NULL))`,
		session, bun.Ident("id_creator_"+string(kind)), id, bun.Ident("t_sessions_"+string(kind)+"s"), bun.Ident("id_"+string(kind)), id)
	return n > 0, err
}

// SharesProject reports whether a project that a may see offers a service.
func (r *Reader) SharesProject(ctx context.Context, a Access, service int) (bool, error) {
	n, err := r.count(ctx, "SELECT count(*) FROM t_services_projects WHERE deleted_at IS NULL AND id_service = ? AND id_project IN (?)",
		service, a.visible(tableFor[Project]()))
	return n > 0, err
}
