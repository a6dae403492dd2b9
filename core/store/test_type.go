package store

import "github.com/uptrace/bun"

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
