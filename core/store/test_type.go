package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// TestType is a questionnaire that a service offers.
type TestType struct {
	bun.BaseModel `bun:"table:t_tests_types,alias:t_tests_types"`

	ID            int     `bun:"id_test_type,pk"`
	ServiceID     int     `bun:"id_service" db:"fk=t_services.id_service cascade"`
	UUID          string  `bun:"test_type_uuid" db:"size=36 unique"`
	Name          string  `bun:"test_type_name"`
	Description   *string `bun:"test_type_description"`
	Key           *string `bun:"test_type_key" db:"unique"`
	HasJSONFormat bool    `bun:"test_type_has_json_format" db:"default"`
	HasWebFormat  bool    `bun:"test_type_has_web_format" db:"default"`
	HasWebEditor  bool    `bun:"test_type_has_web_editor" db:"default"`
	SoftVersion
}

// TestTypeProject offers a test type in a project.
type TestTypeProject struct {
	bun.BaseModel `bun:"table:t_tests_types_projects,alias:t_tests_types_projects"`

	ID         int `bun:"id_test_type_project,pk"`
	TestTypeID int `bun:"id_test_type" db:"fk=t_tests_types.id_test_type cascade"`
	ProjectID  int `bun:"id_project" db:"fk=t_projects.id_project cascade"`
	SoftVersion
}

// TestTypeSite offers a test type in a site.
type TestTypeSite struct {
	bun.BaseModel `bun:"table:t_tests_types_sites,alias:t_tests_types_sites"`

	ID         int `bun:"id_test_type_site,pk"`
	TestTypeID int `bun:"id_test_type" db:"fk=t_tests_types.id_test_type cascade"`
	SiteID     int `bun:"id_site" db:"fk=t_sites.id_site cascade"`
	SoftVersion
}

func (t *TestType) beforeInsert(context.Context, *Tx) error {
	t.UUID = uuid.NewString()
	return nil
}

func (t *TestType) checkDelete(ctx context.Context, tx *Tx) error {
	return tx.refuseIf(ctx, "t_tests", "there are tests of that type", "t_tests WHERE id_test_type = ? AND deleted_at IS NULL", t.ID)
}

func testTypeJSON(ctx context.Context, r *Reader, rows []Row, out []Object, m Mode) error {
	if m == Min {
		return nil
	}
	services, err := related[Service](ctx, r, rows, func(row Row) *int { return &row.(*TestType).ServiceID })
	if err != nil {
		return err
	}
	for i, row := range rows {
		if s := services[row.(*TestType).ServiceID]; s != nil {
			out[i]["test_type_service_key"], out[i]["test_type_service_uuid"] = s.Key, s.UUID
		}
	}
	return nil
}

// serviceOfTest returns the service that owns a test type.
func (tx *Tx) serviceOfTest(ctx context.Context, testType int) (int, error) {
	ids, err := tx.ids(ctx, "SELECT id_service FROM t_tests_types WHERE id_test_type = ? AND deleted_at IS NULL", testType)
	if err != nil {
		return 0, err
	}
	if len(ids) == 0 {
		return 0, &IntegrityError{"t_tests_types", "there is no such test type"}
	}
	return ids[0], nil
}

func (l *TestTypeProject) beforeInsert(ctx context.Context, tx *Tx) error {
	site, err := tx.siteOf(ctx, l.ProjectID)
	if err != nil {
		return err
	}
	if err := tx.require(ctx, "t_tests_types_sites", "test type is not in the project's site",
		"t_tests_types_sites WHERE id_test_type = ? AND id_site = ? AND deleted_at IS NULL", l.TestTypeID, site); err != nil {
		return err
	}
	service, err := tx.serviceOfTest(ctx, l.TestTypeID)
	if err != nil {
		return err
	}
	return tx.Insert(ctx, &ServiceProject{ServiceID: service, ProjectID: l.ProjectID})
}

func (l *TestTypeProject) checkDelete(ctx context.Context, tx *Tx) error {
	return tx.refuseIf(ctx, "t_tests", "there are tests of that type in the project",
		"t_tests x WHERE x.deleted_at IS NULL AND x.id_test_type = ? AND x.id_session IN (?)", l.TestTypeID, sessionsOfProject(l.ProjectID))
}

func (l *TestTypeSite) beforeInsert(ctx context.Context, tx *Tx) error {
	service, err := tx.serviceOfTest(ctx, l.TestTypeID)
	if err != nil {
		return err
	}
	return tx.Insert(ctx, &ServiceSite{ServiceID: service, SiteID: l.SiteID})
}

// beforeDelete takes the type off the site's projects; one that is refused refuses the whole.
func (l *TestTypeSite) beforeDelete(ctx context.Context, tx *Tx) error {
	return deleteAll[TestTypeProject](ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("id_test_type = ? AND id_project IN (SELECT id_project FROM t_projects WHERE id_site = ?)", l.TestTypeID, l.SiteID)
	})
}
