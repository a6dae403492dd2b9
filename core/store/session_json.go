package store

import (
	"context"

	"github.com/uptrace/bun"
)

// sessionJSON adds creators and counts in both modes, members and decoded parameters in the full one (core.md 1.6).
func sessionJSON(ctx context.Context, r *Reader, rows []Row, out []Object, m Mode) error {
	if err := sessionCreators(ctx, r, rows, out); err != nil {
		return err
	}
	ids := make([]int, len(rows))
	for i, row := range rows {
		ids[i] = row.(*Session).ID
	}
	for _, c := range []struct{ table, key string }{{"t_assets", "session_assets_count"}, {"t_tests", "session_tests_count"}} {
		counts, err := r.countBy(ctx, c.table, "id_session", ids)
		if err != nil {
			return err
		}
		for i, id := range ids {
			out[i][c.key] = counts[id]
		}
	}
	if m == Min {
		return nil
	}
	for i, row := range rows {
		out[i]["session_parameters"] = decoded(row.(*Session).Parameters)
	}
	return sessionMembersJSON(ctx, r, ids, out)
}

func sessionCreators(ctx context.Context, r *Reader, rows []Row, out []Object) error {
	users, err := related[User](ctx, r, rows, func(row Row) *int { return row.(*Session).CreatorUserID })
	if err != nil {
		return err
	}
	devices, err := related[Device](ctx, r, rows, func(row Row) *int { return row.(*Session).CreatorDeviceID })
	if err != nil {
		return err
	}
	participants, err := related[Participant](ctx, r, rows, func(row Row) *int { return row.(*Session).CreatorParticipantID })
	if err != nil {
		return err
	}
	services, err := related[Service](ctx, r, rows, func(row Row) *int { return row.(*Session).CreatorServiceID })
	if err != nil {
		return err
	}
	for i, row := range rows {
		s := row.(*Session)
		if u := at(users, s.CreatorUserID); u != nil {
			out[i]["session_creator_user"], out[i]["session_creator_user_uuid"] = u.FullName(), u.UUID
		}
		if d := at(devices, s.CreatorDeviceID); d != nil {
			out[i]["session_creator_device"], out[i]["session_creator_device_uuid"] = d.Name, d.UUID
		}
		if p := at(participants, s.CreatorParticipantID); p != nil {
			out[i]["session_creator_participant"], out[i]["session_creator_participant_uuid"] = p.Name, p.UUID
		}
		if v := at(services, s.CreatorServiceID); v != nil {
			out[i]["session_creator_service"], out[i]["session_creator_service_uuid"] = v.Name, v.UUID
		}
	}
	return nil
}

// sessionMembersJSON adds session_participants, session_users and session_devices.
func sessionMembersJSON(ctx context.Context, r *Reader, ids []int, out []Object) error {
	at := map[int]Object{}
	for i, id := range ids {
		at[id] = out[i]
		out[i]["session_participants"], out[i]["session_users"], out[i]["session_devices"] = []Object{}, []Object{}, []Object{}
	}
	for batch := range batches(ids) {
		var people []struct {
			SessionID   int    `bun:"id_session"`
			ID          int    `bun:"id_participant"`
			UUID        string `bun:"participant_uuid"`
			Name        string `bun:"participant_name"`
			ProjectID   int    `bun:"id_project"`
			ProjectName string `bun:"project_name"`
		}
		err := r.db.NewRaw(`SELECT l.id_session, p.id_participant, p.participant_uuid, p.participant_name, p.id_project, j.project_name
			FROM t_sessions_participants l
			JOIN t_participants p ON p.id_participant = l.id_participant AND p.deleted_at IS NULL
			JOIN t_projects j ON j.id_project = p.id_project
			WHERE l.deleted_at IS NULL AND l.id_session IN (?) ORDER BY l.id_session_participant`, bun.List(batch)).Scan(ctx, &people)
		if err != nil {
			return translate(err)
		}
		for _, p := range people {
			o := at[p.SessionID]
			o["session_participants"] = append(o["session_participants"].([]Object), Object{
				"id_participant": p.ID, "participant_uuid": p.UUID, "participant_name": p.Name, "id_project": p.ProjectID, "project_name": p.ProjectName,
			})
		}
		var staff []struct {
			SessionID int    `bun:"id_session"`
			ID        int    `bun:"id_user"`
			UUID      string `bun:"user_uuid"`
			FirstName string `bun:"user_firstname"`
			LastName  string `bun:"user_lastname"`
		}
		err = r.db.NewRaw(`SELECT l.id_session, u.id_user, u.user_uuid, u.user_firstname, u.user_lastname
			FROM t_sessions_users l JOIN t_users u ON u.id_user = l.id_user AND u.deleted_at IS NULL
			WHERE l.deleted_at IS NULL AND l.id_session IN (?) ORDER BY l.id_session_user`, bun.List(batch)).Scan(ctx, &staff)
		if err != nil {
			return translate(err)
		}
		for _, u := range staff {
			o := at[u.SessionID]
			o["session_users"] = append(o["session_users"].([]Object), Object{
				"id_user": u.ID, "user_uuid": u.UUID, "user_name": u.FirstName + " " + u.LastName,
			})
		}
		var devices []struct {
			SessionID int    `bun:"id_session"`
			ID        int    `bun:"id_device"`
			UUID      string `bun:"device_uuid"`
			Name      string `bun:"device_name"`
		}
		err = r.db.NewRaw(`SELECT l.id_session, d.id_device, d.device_uuid, d.device_name
			FROM t_sessions_devices l JOIN t_devices d ON d.id_device = l.id_device AND d.deleted_at IS NULL
			WHERE l.deleted_at IS NULL AND l.id_session IN (?) ORDER BY l.id_session_device`, bun.List(batch)).Scan(ctx, &devices)
		if err != nil {
			return translate(err)
		}
		for _, d := range devices {
			o := at[d.SessionID]
			o["session_devices"] = append(o["session_devices"].([]Object), Object{
				"id_device": d.ID, "device_uuid": d.UUID, "device_name": d.Name,
			})
		}
	}
	return nil
}
