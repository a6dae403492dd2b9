package forms

import "github.com/gotera/gotera/core"

// session takes the lists "session_types", "users", "devices", "participants" and "services".
var session = Form{"session", []Section{{ID: "informations", Label: "Information", Items: []Item{
	{ID: "id_session", Label: "Session ID", Type: Hidden, Required: true},
	{ID: "session_uuid", Label: "Session UUID", Type: Hidden, Required: true},
	{ID: "session_name", Label: "Session Name", Type: Text, Required: true},
	{ID: "id_session_type", Label: "Session Type", Type: Array, Required: true, List: "session_types"},
	{ID: "session_creator_user", Label: "Session User Creator", Type: Hidden},
	{ID: "id_creator_user", Label: "Session User Creator", Type: Array, Required: true, List: "users", If: notNull("session_creator_user"), Options: readonly},
	{ID: "session_creator_device", Label: "Session Creator Device", Type: Hidden},
	{ID: "id_creator_device", Label: "Session Creator Device ID", Type: Array, Required: true, List: "devices", If: notNull("session_creator_device"), Options: readonly},
	{ID: "session_creator_participant", Label: "Session Creator Participant", Type: Hidden},
	{ID: "id_creator_participant", Label: "Session Creator Participant", Type: Array, Required: true, List: "participants",
		If: notNull("session_creator_participant"), Options: readonly},
	{ID: "session_creator_service", Label: "Session Creator Service", Type: Hidden},
	{ID: "id_creator_service", Label: "Session Creator Service", Type: Array, Required: true, List: "services", If: notNull("session_creator_service"), Options: readonly},
	{ID: "session_start_datetime", Label: "Start Date", Type: DateTime, Required: true},
	{ID: "session_duration", Label: "Duration", Type: Duration, Required: true, Options: Options{"default": 0, "readonly": true}},
	{ID: "session_status", Label: "State", Type: Array, Required: true, Values: []Value{
		{core.SessionNotStarted, "Planned"}, {core.SessionInProgress, "In progress"}, {core.SessionCompleted, "Completed"},
		{core.SessionCancelled, "Cancelled"}, {core.SessionTerminated, "Interrupted"},
	}},
	{ID: "session_parameters", Label: "Parameters", Type: JSON},
	{ID: "session_comments", Label: "Comments", Type: LongText},
	{ID: "session_has_device_data", Label: "Session Has Device Data", Type: Hidden},
}}}}

func notNull(item string) *Condition { return &Condition{Item: item, Op: "NOT NULL"} }

// sessionType takes the list "services".
var sessionType = Form{"session_type", []Section{{ID: "informations", Label: "Information", Items: []Item{
	{ID: "id_session_type", Label: "Session Type ID", Type: Hidden, Required: true},
	{ID: "session_type_name", Label: "Session Type Name", Type: Text, Required: true},
	{ID: "session_type_category", Label: "Category", Type: Array, Required: true, Values: []Value{
		{core.CategoryService, "Service"}, {core.CategoryDataCollect, "Data Collect"},
		{core.CategoryFileTransfer, "File Transfer"}, {core.CategoryProtocol, "Protocol"},
	}},
	{ID: "id_service", Label: "Service", Type: Array, List: "services", If: when("session_type_category", core.CategoryService)},
	{ID: "session_type_service_key", Label: "Session Type Service Key", Type: Hidden},
	{ID: "session_type_online", Label: "Session Type Online", Type: Boolean, Required: true},
	{ID: "session_type_color", Label: "Session Type Display Color", Type: Color, Required: true},
	{ID: "session_type_config", Label: "Session Type Configuration", Type: LongText},
}}}}

// testType takes the list "services".
var testType = Form{"test_type", []Section{{ID: "informations", Items: []Item{
	{ID: "id_test_type", Label: "Test Type ID", Type: Hidden, Required: true},
	{ID: "test_type_name", Label: "Name", Type: Text, Required: true},
	{ID: "id_service", Label: "Service", Type: Array, Required: true, List: "services"},
	{ID: "test_type_uuid", Label: "UUID", Type: Hidden, Required: true},
	{ID: "test_type_key", Label: "Unique Key", Type: Text},
	{ID: "test_type_has_json_format", Label: "Expose JSON structure", Type: Boolean},
	{ID: "test_type_has_web_format", Label: "Expose Web interface", Type: Boolean},
	{ID: "test_type_has_web_editor", Label: "Expose Web editor", Type: Boolean},
	{ID: "test_type_description", Label: "Description", Type: LongText},
}}}}
