package store

import "github.com/uptrace/bun"

// ParticipantGroup sorts the participants of one project.
type ParticipantGroup struct {
	bun.BaseModel `bun:"table:t_participants_groups,alias:t_participants_groups"`

	ID        int    `bun:"id_participant_group,pk"`
	ProjectID int    `bun:"id_project" db:"fk=t_projects.id_project cascade"`
	Name      string `bun:"participant_group_name"`
	SoftVersion
}
