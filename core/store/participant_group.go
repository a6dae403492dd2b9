package store

import (
	"context"

	"github.com/uptrace/bun"
)

// ParticipantGroup sorts the participants of one project.
type ParticipantGroup struct {
	bun.BaseModel `bun:"table:t_participants_groups,alias:t_participants_groups"`

	ID        int    `bun:"id_participant_group,pk"`
	ProjectID int    `bun:"id_project" db:"fk=t_projects.id_project cascade"`
	Name      string `bun:"participant_group_name"`
	SoftVersion
}

func (g *ParticipantGroup) afterSave(ctx context.Context, tx *Tx, oldRow Row, _ columnSet) error {
	if oldRow == nil || oldRow.(*ParticipantGroup).ProjectID == g.ProjectID {
		return nil
	}
	members, err := list[Participant](ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("id_participant_group = ?", g.ID)
	})
	if err != nil {
		return err
	}
	for _, p := range members {
		p.ProjectID = g.ProjectID
		if err := tx.Update(ctx, p, "id_project"); err != nil {
			return err
		}
	}
	return nil
}

func (g *ParticipantGroup) checkDelete(ctx context.Context, tx *Tx) error {
	return tx.refuseIf(ctx, "t_participants", "group still has participants with data",
		"t_participants p WHERE p.deleted_at IS NULL AND p.id_participant_group = ? AND "+inUse, g.ID)
}

func participantGroupJSON(ctx context.Context, r *Reader, rows []Row, out []Object, m Mode) error {
	if m == Min {
		return nil
	}
	projects, err := related[Project](ctx, r, rows, func(row Row) *int { return &row.(*ParticipantGroup).ProjectID })
	if err != nil {
		return err
	}
	for i, row := range rows {
		if p := projects[row.(*ParticipantGroup).ProjectID]; p != nil {
			out[i]["project_name"] = p.Name
		}
	}
	return nil
}
