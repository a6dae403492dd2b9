package store

import (
	"context"
)

// ArchiveQuery chooses what goes into an archive: exactly one field is set.
type ArchiveQuery struct{ Project, Participant, Session int }

// ArchiveAsset is an asset and where it stands in an archive.
type ArchiveAsset struct {
	Asset       *Asset
	Session     *Session
	Participant *Participant // nil for a session without an accessible one
	Project     *Project     // the participant's
	Site        *Site
}

// ArchiveAssets lists the assets of the sessions of a project's participants, of one participant, or of one session, once for each
// accessible participant of the session; at most limit. Whether a may see the project, participant or session is checked already.
func (r *Reader) ArchiveAssets(ctx context.Context, a Access, f ArchiveQuery, limit int) ([]ArchiveAsset, error) {
	var pairs []struct {
		Asset       int  `bun:"id_asset"`
		Participant *int `bun:"id_participant"`
	}
	if err := r.db.NewRaw(`SELECT x.id_asset, m.id_participant FROM t_assets x ? (?) m ON m.id_session = x.id_session
		WHERE x.deleted_at IS NULL AND ? ORDER BY m.id_participant, x.id_session, x.id_asset LIMIT ?`,
		f.join(), a.archived(f), f.session(), limit).Scan(ctx, &pairs); err != nil {
		return nil, translate(err)
	}
	found := make([]ArchiveAsset, 0, len(pairs))
	assetIDs, participantIDs := []int{}, []int{}
	for _, p := range pairs {
		assetIDs = append(assetIDs, p.Asset)
		if p.Participant != nil {
			participantIDs = append(participantIDs, *p.Participant)
		}
	}
	assets, err := ByIDs[Asset](ctx, r, assetIDs)
	if err != nil {
		return nil, err
	}
	participants, err := ByIDs[Participant](ctx, r, participantIDs)
	if err != nil {
		return nil, err
	}
	sessions, err := ByIDs[Session](ctx, r, refs(assets, func(x *Asset) int { return x.SessionID }))
	if err != nil {
		return nil, err
	}
	projects, err := ByIDs[Project](ctx, r, refs(participants, func(p *Participant) int { return p.ProjectID }))
	if err != nil {
		return nil, err
	}
	sites, err := ByIDs[Site](ctx, r, refs(projects, func(p *Project) int { return p.SiteID }))
	if err != nil {
		return nil, err
	}
	for _, p := range pairs {
		asset := assets[p.Asset]
		if asset == nil || sessions[asset.SessionID] == nil {
			continue // deleted meanwhile
		}
		x := ArchiveAsset{Asset: asset, Session: sessions[asset.SessionID], Participant: at(participants, p.Participant)}
		if x.Participant != nil {
			x.Project = projects[x.Participant.ProjectID]
		}
		if x.Project != nil {
			x.Site = sites[x.Project.SiteID]
		}
		found = append(found, x)
	}
	return found, nil
}

// join: the assets of a session are there without participants too.
func (f ArchiveQuery) join() fragment {
	if f.Session != 0 {
		return sqlf("LEFT JOIN")
	}
	return sqlf("JOIN")
}

func (f ArchiveQuery) session() fragment {
	if f.Session != 0 {
		return sqlf("x.id_session = ?", f.Session)
	}
	return sqlf("1 = 1")
}

// archived selects (id_session, id_participant) of the sessions that each participant takes part in or made. Of one
// session only who takes part counts.
func (a Access) archived(f ArchiveQuery) fragment {
	const members = "SELECT l.id_session, l.id_participant FROM t_sessions_participants l WHERE l.deleted_at IS NULL AND l.id_participant IN (?)"
	if f.Session != 0 {
		return sqlf(members+" AND l.id_session = ?", a.visible(tableFor[Participant]()), f.Session)
	}
	of := sqlf("SELECT p.id_participant FROM t_participants p WHERE p.deleted_at IS NULL AND (p.id_participant = ? OR p.id_project = ?)", f.Participant, f.Project)
	return sqlf(members+` UNION SELECT s.id_session, s.id_creator_participant FROM t_sessions s
		WHERE s.deleted_at IS NULL AND s.id_creator_participant IN (?)`, of, of)
}

// refs lists a reference of each row.
func refs[T any](rows map[int]*T, key func(*T) int) []int {
	ids := make([]int, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, key(row))
	}
	return ids
}
