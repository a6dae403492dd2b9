package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// Service is a program beside the core, known by its key (core.md 9).
type Service struct {
	bun.BaseModel `bun:"table:t_services,alias:t_services"`

	ID                  int     `bun:"id_service,pk"`
	UUID                string  `bun:"service_uuid" db:"size=36 unique"`
	Name                string  `bun:"service_name"`
	Key                 string  `bun:"service_key" db:"unique"`
	Hostname            string  `bun:"service_hostname"`
	Port                int     `bun:"service_port"`
	Endpoint            string  `bun:"service_endpoint"`
	ClientEndpoint      string  `bun:"service_clientendpoint"`
	EndpointUser        *string `bun:"service_endpoint_user"`
	EndpointParticipant *string `bun:"service_endpoint_participant"`
	EndpointDevice      *string `bun:"service_endpoint_device"`
	Enabled             bool    `bun:"service_enabled" db:"default"`
	System              bool    `bun:"service_system" db:"default"`
	EditableConfig      bool    `bun:"service_editable_config" db:"default"`
	DefaultConfig       *string `bun:"service_default_config" db:"default"` // JSON text, default {}
	HasAssets           bool    `bun:"service_has_assets" db:"default"`
	HasTests            bool    `bun:"service_has_tests" db:"default"`
	SoftVersion
}

func (s *Service) setDefaults() { s.DefaultConfig = ptr("{}") }

func (s *Service) beforeInsert(context.Context, *Tx) error {
	s.UUID = uuid.NewString()
	return nil
}

func (s *Service) beforeUpdate(_ context.Context, _ *Tx, old Row, set columnSet) error {
	delete(set, "service_uuid")
	s.UUID = old.(*Service).UUID
	return nil
}

// beforeDelete takes the service off its sites; one that is refused refuses the whole.
func (s *Service) beforeDelete(ctx context.Context, tx *Tx) error {
	return deleteAll[ServiceSite](ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id_service = ?", s.ID) })
}

// serviceJSON adds the roles and the projects.
func serviceJSON(ctx context.Context, r *Reader, rows []Row, out []Object, m Mode) error {
	if m == Min {
		return nil
	}
	ids := make([]int, len(rows))
	at := map[int]Object{}
	for i, row := range rows {
		ids[i] = row.(*Service).ID
		at[ids[i]] = out[i]
		out[i]["service_roles"], out[i]["service_projects"] = []Object{}, []Object{}
	}
	roles, err := list[ServiceRole](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id_service IN (?)", bun.List(ids)) })
	if err != nil {
		return err
	}
	objects, err := JSON(ctx, r, Full, roles...)
	if err != nil {
		return err
	}
	for i, o := range objects {
		to := at[roles[i].ServiceID]
		to["service_roles"] = append(to["service_roles"].([]Object), o)
	}
	projects, err := list[ServiceProject](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("id_service IN (?)", bun.List(ids)).
			Where("id_project IN (SELECT id_project FROM t_projects WHERE deleted_at IS NULL)")
	})
	if err != nil {
		return err
	}
	if objects, err = JSON(ctx, r, Full, projects...); err != nil {
		return err
	}
	for i, o := range objects {
		to := at[projects[i].ServiceID]
		to["service_projects"] = append(to["service_projects"].([]Object), o)
	}
	return nil
}

// ptr returns a pointer to a copy of v, for nullable columns.
func ptr[T any](v T) *T { return &v }
