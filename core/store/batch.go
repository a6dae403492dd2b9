package store

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// What lists show beside each row, for all rows at once.

// LastSessions returns the latest start of a session of each participant, by id_participant; none, no entry.
func (r *Reader) LastSessions(ctx context.Context, participants []int) (map[int]time.Time, error) {
	last := map[int]time.Time{}
	for batch := range batches(participants) {
		var found []struct {
			ID    int       `bun:"id_participant"`
			Start time.Time `bun:"last_start"`
		}
		err := r.db.NewRaw(`SELECT l.id_participant, MAX(s.session_start_datetime) AS last_start FROM t_sessions_participants l
			JOIN t_sessions s ON s.id_session = l.id_session AND s.deleted_at IS NULL
			WHERE l.deleted_at IS NULL AND l.id_participant IN (?) GROUP BY l.id_participant`, bun.List(batch)).Scan(ctx, &found)
		if err != nil {
			return nil, translate(err)
		}
		for _, f := range found {
			last[f.ID] = f.Start
		}
	}
	return last, nil
}

// ParticipantCounts counts the live participants of each project, by id_project.
func (r *Reader) ParticipantCounts(ctx context.Context, projects []int) (map[int]int, error) {
	return r.countBy(ctx, "t_participants", "id_project", projects)
}

// ParticipantCountsOfGroups counts the live participants of each participant group, by id_participant_group.
func (r *Reader) ParticipantCountsOfGroups(ctx context.Context, groups []int) (map[int]int, error) {
	return r.countBy(ctx, "t_participants", "id_participant_group", groups)
}

// ParticipantGroupCounts counts the live participant groups of each project, by id_project.
func (r *Reader) ParticipantGroupCounts(ctx context.Context, projects []int) (map[int]int, error) {
	return r.countBy(ctx, "t_participants_groups", "id_project", projects)
}

// ParticipantsOfDevices lists who each device is lent to, by id_device.
func (r *Reader) ParticipantsOfDevices(ctx context.Context, devices []int) (map[int][]*Participant, error) {
	return associated[Participant](ctx, r, "t_devices_participants", "id_device", "id_participant", devices)
}

// DevicesOfParticipants lists the devices lent to each participant, by id_participant.
func (r *Reader) DevicesOfParticipants(ctx context.Context, participants []int) (map[int][]*Device, error) {
	return associated[Device](ctx, r, "t_devices_participants", "id_participant", "id_device", participants)
}

// ProjectsOfDevices lists the projects of each device, by id_device.
func (r *Reader) ProjectsOfDevices(ctx context.Context, devices []int) (map[int][]*Project, error) {
	return associated[Project](ctx, r, "t_devices_projects", "id_device", "id_project", devices)
}

// SitesOfDevices lists the sites of each device, by id_device.
func (r *Reader) SitesOfDevices(ctx context.Context, devices []int) (map[int][]*Site, error) {
	return associated[Site](ctx, r, "t_devices_sites", "id_device", "id_site", devices)
}

// GroupsOfUsers lists the user groups of each user that a may see, by id_user.
func (r *Reader) GroupsOfUsers(ctx context.Context, a Access, users []int) (map[int][]*UserGroup, error) {
	found, err := associated[UserGroup](ctx, r, "t_users_users_groups", "id_user", "id_user_group", users)
	if err != nil || a.all() {
		return found, err
	}
	ids := []int{}
	for _, groups := range found {
		for _, g := range groups {
			ids = append(ids, g.ID)
		}
	}
	rows, err := r.UserGroups(ctx, a, UserGroupQuery{IDs: ids})
	if err != nil {
		return nil, err
	}
	visible := make(map[int]bool, len(rows))
	for _, g := range rows {
		visible[g.ID] = true
	}
	for id, groups := range found {
		found[id] = slices.DeleteFunc(groups, func(g *UserGroup) bool { return !visible[g.ID] })
	}
	return found, nil
}

// associated follows an association table from the rows of one end to the live rows of T at the other, by the key at
// the near end.
func associated[T any](ctx context.Context, r *Reader, link, near, far string, keys []int) (map[int][]*T, error) {
	type pair struct {
		Near int `bun:"near"`
		Far  int `bun:"far"`
	}
	var pairs []pair
	for batch := range batches(keys) {
		var found []pair
		err := r.db.NewRaw("SELECT ? AS near, ? AS far FROM ? WHERE ? IN (?) AND ? IS NOT NULL AND deleted_at IS NULL ORDER BY ?",
			bun.Ident(near), bun.Ident(far), bun.Ident(link), bun.Ident(near), bun.List(batch), bun.Ident(far),
			bun.Ident(tableNamed(link).key().name)).Scan(ctx, &found)
		if err != nil {
			return nil, translate(err)
		}
		pairs = append(pairs, found...)
	}
	ids := make([]int, len(pairs))
	for i, p := range pairs {
		ids[i] = p.Far
	}
	rows, err := ByIDs[T](ctx, r, ids)
	if err != nil {
		return nil, err
	}
	found := map[int][]*T{}
	for _, p := range pairs {
		if row := rows[p.Far]; row != nil {
			found[p.Near] = append(found[p.Near], row)
		}
	}
	return found, nil
}
