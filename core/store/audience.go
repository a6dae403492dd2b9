package store

import (
	"context"
	"fmt"

	"github.com/gotera/gotera/core"
)

// Audience lists who may see an account, by kind: the rules of Access asked the other way round, for events about one
// account that many may have to be told. The account itself may be missing, and nobody sees one that is deleted.
func (r *Reader) Audience(ctx context.Context, kind core.Kind, uuid string) (map[core.Kind][]string, error) {
	var query fragment
	switch kind {
	case core.KindUser: // whoever sees a project on which the user has a role of their own
		query = sqlf("SELECT 'user' AS kind, u.user_uuid AS uuid FROM t_users u WHERE ?", seers("t_users", "user_uuid", uuid,
			onProjects(sqlf(`SELECT g.id_project FROM (`+grants+`) g JOIN t_users_users_groups n ON n.id_user_group = g.id_user_group AND n.deleted_at IS NULL
				JOIN t_users t ON t.id_user = n.id_user WHERE t.user_uuid = ?`, uuid))))
	case core.KindParticipant:
		query = sqlf(`SELECT 'user' AS kind, u.user_uuid AS uuid FROM t_users u WHERE ?
			UNION ALL SELECT 'device', d.device_uuid FROM t_devices d JOIN t_devices_participants l ON l.id_device = d.id_device AND l.deleted_at IS NULL
				JOIN t_participants p ON p.id_participant = l.id_participant AND p.deleted_at IS NULL WHERE d.deleted_at IS NULL AND p.participant_uuid = ?`,
			seers("t_participants", "participant_uuid", uuid, onProjects(sqlf("SELECT p.id_project FROM t_participants p WHERE p.participant_uuid = ?", uuid))), uuid)
	case core.KindDevice:
		query = sqlf(`SELECT 'user' AS kind, u.user_uuid AS uuid FROM t_users u WHERE ?
			UNION ALL SELECT 'participant', p.participant_uuid FROM t_participants p JOIN t_devices_participants l ON l.id_participant = p.id_participant
				AND l.deleted_at IS NULL JOIN t_devices d ON d.id_device = l.id_device AND d.deleted_at IS NULL WHERE p.deleted_at IS NULL AND d.device_uuid = ?`,
			seers("t_devices", "device_uuid", uuid, onSites(sqlf(`SELECT l.id_site FROM t_devices_sites l JOIN t_devices d ON d.id_device = l.id_device
				WHERE l.deleted_at IS NULL AND d.device_uuid = ?`, uuid))), uuid)
	default:
		return nil, nil
	}
	return r.people(ctx, query)
}

// people reads (kind, uuid).
func (r *Reader) people(ctx context.Context, query fragment) (map[core.Kind][]string, error) {
	var rows []struct {
		Kind core.Kind `bun:"kind"`
		UUID string    `bun:"uuid"`
	}
	if err := r.db.NewRaw("?", query).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("audience: %w", translate(err))
	}
	found := map[core.Kind][]string{}
	for _, row := range rows {
		found[row.Kind] = append(found[row.Kind], row.UUID)
	}
	return found, nil
}

// seers is a condition on t_users u: super-administrators, and those that a rule selects, while the row exists.
func seers(table, column, uuid string, rule fragment) fragment {
	return sqlf("u.deleted_at IS NULL AND EXISTS (SELECT 1 FROM "+table+" e WHERE e."+column+" = ? AND e.deleted_at IS NULL) AND (u.user_superadmin OR u.id_user IN (?))", uuid, rule)
}

// onProjects selects the users who see one of these projects (userProjects).
func onProjects(projects fragment) fragment {
	return sqlf(`SELECT m.id_user FROM t_users_users_groups m JOIN (`+grants+`) r ON r.id_user_group = m.id_user_group
		JOIN t_projects j ON j.id_project = r.id_project OR (j.id_site = r.id_site AND r.service_role_name = 'admin')
		WHERE m.deleted_at IS NULL AND j.deleted_at IS NULL AND j.id_project IN (?)`, projects)
}

// onSites selects the users who see one of these sites (userSites).
func onSites(sites fragment) fragment {
	return sqlf(`SELECT m.id_user FROM t_users_users_groups m JOIN (`+grants+`) r ON r.id_user_group = m.id_user_group
		LEFT JOIN t_projects j ON j.id_project = r.id_project AND j.deleted_at IS NULL
		JOIN t_sites x ON x.deleted_at IS NULL AND (x.id_site = r.id_site OR x.id_site = j.id_site)
		WHERE m.deleted_at IS NULL AND x.id_site IN (?)`, sites)
}

// SessionAudience lists the members of a session, by kind; none when there is no such session.
func (r *Reader) SessionAudience(ctx context.Context, uuid string) (map[core.Kind][]string, error) {
	const of = " l JOIN t_sessions s ON s.id_session = l.id_session AND s.deleted_at IS NULL AND s.session_uuid = ? "
	return r.people(ctx, sqlf(`SELECT 'user' AS kind, x.user_uuid AS uuid FROM t_sessions_users`+of+`
			JOIN t_users x ON x.id_user = l.id_user AND x.deleted_at IS NULL WHERE l.deleted_at IS NULL
		UNION ALL SELECT 'participant', x.participant_uuid FROM t_sessions_participants`+of+`
			JOIN t_participants x ON x.id_participant = l.id_participant AND x.deleted_at IS NULL WHERE l.deleted_at IS NULL
		UNION ALL SELECT 'device', x.device_uuid FROM t_sessions_devices`+of+`
			JOIN t_devices x ON x.id_device = l.id_device AND x.deleted_at IS NULL WHERE l.deleted_at IS NULL`, uuid, uuid, uuid))
}
