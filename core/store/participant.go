package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/gotera/gotera/proto/token"
)

// Participant is a patient. Usernames are not unique in the database; the store checks them among live rows.
type Participant struct {
	bun.BaseModel `bun:"table:t_participants,alias:t_participants"`

	ID           int        `bun:"id_participant,pk"`
	UUID         string     `bun:"participant_uuid" db:"size=36 unique"`
	Name         string     `bun:"participant_name"`
	Username     *string    `bun:"participant_username" db:"size=50"`
	Email        *string    `bun:"participant_email"`
	Password     *string    `bun:"participant_password"` // bcrypt; plain text when given to Insert
	TokenEnabled bool       `bun:"participant_token_enabled" db:"default"`
	Token        *string    `bun:"participant_token" db:"unique"`
	LastOnline   *time.Time `bun:"participant_lastonline"`
	Enabled      bool       `bun:"participant_enabled" db:"default"` // default true
	LoginEnabled bool       `bun:"participant_login_enabled" db:"default"`
	GroupID      *int       `bun:"id_participant_group" db:"fk=t_participants_groups.id_participant_group cascade"`
	ProjectID    int        `bun:"id_project" db:"fk=t_projects.id_project cascade"`
	SoftVersion
}

func (p *Participant) setDefaults() { p.Enabled = true }

func (p *Participant) beforeInsert(ctx context.Context, tx *Tx) (err error) {
	p.UUID = uuid.NewString()
	p.LastOnline = nil
	p.Token = nil
	if p.GroupID != nil && *p.GroupID == 0 {
		p.GroupID = nil
	}
	if err := p.checkProject(ctx, tx); err != nil {
		return err
	}
	if err := p.checkUsername(ctx, tx); err != nil {
		return err
	}
	if err := p.hashPassword(tx); err != nil {
		return err
	}
	if p.TokenEnabled && p.Enabled {
		p.Token, err = p.newToken(ctx, tx)
	}
	return err
}

func (p *Participant) beforeUpdate(ctx context.Context, tx *Tx, oldRow Row, set columnSet) (err error) {
	old := oldRow.(*Participant)
	delete(set, "participant_uuid")
	p.UUID = old.UUID
	if set["id_participant_group"] && p.GroupID != nil && *p.GroupID == 0 {
		p.GroupID = nil
	}
	if set["participant_enabled"] && p.Enabled || set["id_project"] && p.Enabled && p.ProjectID != old.ProjectID {
		if err := p.checkProject(ctx, tx); err != nil {
			return err
		}
	}
	if set["participant_username"] {
		if err := p.checkUsername(ctx, tx); err != nil {
			return err
		}
	}
	if set["participant_password"] {
		if p.Password == nil || *p.Password == "" {
			delete(set, "participant_password")
			p.Password = old.Password
		} else if err := p.hashPassword(tx); err != nil {
			return err
		}
	}
	if set["participant_token_enabled"] {
		set["participant_token"] = true
		p.Token = old.Token
		switch {
		case !p.TokenEnabled:
			p.Token = nil
		case p.Token == nil:
			p.Token, err = p.newToken(ctx, tx)
		}
	}
	return err
}

func (p *Participant) checkProject(ctx context.Context, tx *Tx) error {
	return tx.require(ctx, "t_projects", "project is disabled or missing",
		"t_projects WHERE id_project = ? AND project_enabled AND deleted_at IS NULL", p.ProjectID)
}

// checkUsername: free among the others that are live. On PostgreSQL the names are locked until the end of the
// transaction, for the database has no constraint that would stop two at once.
func (p *Participant) checkUsername(ctx context.Context, tx *Tx) error {
	if p.Username == nil || *p.Username == "" {
		p.Username = nil
		return nil
	}
	if isPostgres(tx.db) {
		if _, err := tx.db.NewRaw("SELECT pg_advisory_xact_lock(hashtext('gotera participant ' || ?))", *p.Username).Exec(ctx); err != nil {
			return err
		}
	}
	n, err := tx.count(ctx, `SELECT count(*) FROM t_participants WHERE participant_username = ? AND id_participant <> ?
		AND deleted_at IS NULL`, *p.Username, p.ID)
	if err == nil && n > 0 {
		err = ErrUsernameTaken
	}
	return err
}

func (p *Participant) hashPassword(tx *Tx) error {
	if p.Password == nil || *p.Password == "" {
		p.Password = nil
		return nil
	}
	h, err := tx.hash(*p.Password)
	p.Password = &h
	return err
}

// newToken makes the static token that the participant's link holds (core.md 3.2). It never expires; a new one replaces
// it for good, for verifiers compare with the column.
func (p *Participant) newToken(ctx context.Context, tx *Tx) (*string, error) {
	key, err := tx.Setting(ctx, SettingParticipantTokenKey)
	if err != nil {
		return nil, err
	}
	t, err := token.SignParticipant(key, token.ParticipantClaims{Standard: token.Static(), ParticipantUUID: p.UUID, ParticipantID: p.ID})
	return &t, err
}

func (p *Participant) checkDelete(ctx context.Context, tx *Tx) error {
	return tx.refuseFirst(ctx, p.ID, []refusal{
		{"t_sessions_participants", "participant still has sessions", "t_sessions_participants WHERE id_participant = ? AND deleted_at IS NULL"},
		{"t_sessions", "participant still has created sessions", "t_sessions WHERE id_creator_participant = ? AND deleted_at IS NULL"},
		{"t_assets", "participant still has assets", "t_assets WHERE id_participant = ? AND deleted_at IS NULL"},
		{"t_tests", "participant still has tests", "t_tests WHERE id_participant = ? AND deleted_at IS NULL"},
	})
}

func participantJSON(ctx context.Context, r *Reader, rows []Row, out []Object, m Mode) error {
	if m == Min {
		return nil
	}
	projects, err := related[Project](ctx, r, rows, func(row Row) *int { return &row.(*Participant).ProjectID })
	if err != nil {
		return err
	}
	for i, row := range rows {
		if p := projects[row.(*Participant).ProjectID]; p != nil {
			out[i]["participant_project_enabled"] = p.Enabled
		}
	}
	return nil
}
