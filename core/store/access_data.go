package store

import (
	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// Rules for assets, tests and test invitations. One asset or test asked for by itself follows the rule for one session
// (core.md 5.2, 5.3); lists of what somebody is concerned with follow the rule for lists of sessions: see restrictData.

// userAssets: the session passes MaySeeSession and the service that keeps the file is accessible.
func userAssets(a Access) fragment {
	return sqlf(`SELECT x.id_asset FROM t_assets x WHERE x.deleted_at IS NULL AND EXISTS (?) AND x.asset_service_uuid IN (
		SELECT v.service_uuid FROM t_services v WHERE v.id_service IN (?))`, a.oneSession(sqlf("s.id_session = x.id_session")), userServices(a))
}

// userTests: the session passes MaySeeSession and the service of the test's type is accessible.
func userTests(a Access) fragment {
	return sqlf(`SELECT x.id_test FROM t_tests x JOIN t_tests_types t ON t.id_test_type = x.id_test_type AND t.deleted_at IS NULL
		WHERE x.deleted_at IS NULL AND EXISTS (?) AND t.id_service IN (?)`, a.oneSession(sqlf("s.id_session = x.id_session")), userServices(a))
}

// userTestInvitations: type and project are accessible, and so is who is invited, or the session.
func userTestInvitations(a Access) fragment {
	return sqlf(`SELECT x.id_test_invitation FROM t_tests_invitations x WHERE x.deleted_at IS NULL
		AND x.id_test_type IN (?) AND x.id_project IN (?)
		AND (x.id_user IN (?) OR x.id_participant IN (?) OR x.id_device IN (?) OR x.id_session IN (?))`,
		userTestTypes(a), userProjects(a), userUsers(a), a.participants(), userDevices(a), userSessions(a))
}

// serviceTests: the session passes MaySeeSession.
func serviceTests(a Access) fragment {
	return sqlf("SELECT x.id_test FROM t_tests x WHERE x.deleted_at IS NULL AND EXISTS (?)", a.oneSession(sqlf("s.id_session = x.id_session")))
}

// serviceTestInvitations: to tests of its own types.
func serviceTestInvitations(a Access) fragment {
	return sqlf(`SELECT x.id_test_invitation FROM t_tests_invitations x JOIN t_tests_types t ON t.id_test_type = x.id_test_type
		AND t.deleted_at IS NULL WHERE x.deleted_at IS NULL AND t.id_service = ?`, a.id)
}

// restrictData adds to a list of assets or tests that a may see the session of each. Upstream lists all that an
// accessible person, device or service is concerned with, wherever it happened: a service that every tenant uses, or a
// user of two sites, would show the one the other's. A service also sees the assets that it keeps or made itself.
func (a Access) restrictData(q *bun.SelectQuery, t *table) *bun.SelectQuery {
	session := bun.Ident(t.name + ".id_session")
	switch {
	case a.all():
		return q
	case a.kind == core.KindUser:
		return a.provide(q).Where("? IN (?)", session, userSessions(a.inside()))
	case a.kind == core.KindService:
		own := sqlf("?.id_service = ?", bun.Ident(t.name), a.id)
		if t.column("asset_service_uuid") != nil {
			own = sqlf("(? OR asset_service_uuid = (SELECT v.service_uuid FROM t_services v WHERE v.id_service = ?))", own, a.id)
		}
		return q.Where("(? OR ? IN (?) OR EXISTS (?))", own, session, serviceSessions(a), a.oneSession(sqlf("s.id_session = ?", session)))
	}
	return a.restrict(q, t)
}
