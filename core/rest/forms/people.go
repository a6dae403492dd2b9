package forms

var user = Form{"user", []Section{{ID: "informations", Label: "Information", Items: []Item{
	{ID: "id_user", Label: "User ID", Type: Hidden, Required: true},
	{ID: "user_uuid", Label: "User UUID", Type: Hidden},
	{ID: "user_name", Label: "User Full Name", Type: Hidden},
	{ID: "user_username", Label: "Username", Type: Text, Required: true},
	{ID: "user_enabled", Label: "User Enabled", Type: Boolean, Required: true, Default: true},
	{ID: "user_force_password_change", Label: "Force password change", Type: Boolean, TwoFactor: true},
	{ID: "user_2fa_enabled", Label: "2FA Enabled", Type: Boolean, TwoFactor: true},
	{ID: "user_firstname", Label: "First Name", Type: Text, Required: true},
	{ID: "user_lastname", Label: "Last Name", Type: Text, Required: true},
	{ID: "user_email", Label: "Email", Type: Text},
	{ID: "user_password", Label: "Password", Type: Password, Options: confirm},
	{ID: "user_superadmin", Label: "User Is Super Administrator", Type: Boolean, Required: true},
	{ID: "user_lastonline", Label: "Last Connection", Type: DateTime, Options: readonly},
	{ID: "user_notes", Label: "Notes", Type: LongText},
	{ID: "user_profile", Label: "Profile", Type: Hidden},
}}}}

var userGroup = Form{"user_group", []Section{{ID: "infos", Label: "Information", Items: []Item{
	{ID: "id_user_group", Label: "User Group ID", Type: Hidden, Required: true},
	{ID: "user_group_name", Label: "User Group Name", Type: Text, Required: true},
}}}}

// participant takes the list "groups".
var participant = Form{"participant", []Section{{ID: "informations", Label: "Information", Items: []Item{
	{ID: "id_participant", Label: "Participant ID", Type: Hidden, Required: true},
	{ID: "id_project", Label: "Projet ID", Type: Hidden, Required: true},
	{ID: "participant_uuid", Label: "Participant UUID", Type: Hidden, Required: true},
	{ID: "participant_name", Label: "Participant Name", Type: Text, Required: true},
	{ID: "participant_email", Label: "Participant Email", Type: Text},
	{ID: "id_participant_group", Label: "Participant Group", Type: Array, List: "groups"},
	{ID: "participant_enabled", Label: "Participant Enabled", Type: Boolean, Required: true, Default: true},
	{ID: "participant_token_enabled", Label: "Participant Token Login Enabled", Type: Boolean, Required: true},
	{ID: "participant_token", Label: "Participant Token", Type: Label, Options: writable},
	{ID: "participant_login_enabled", Label: "Participant Login Enabled", Type: Boolean, Required: true},
	{ID: "participant_username", Label: "Participant Username", Type: Text, Required: true, If: when("participant_login_enabled", true)},
	{ID: "participant_password", Label: "Participant Password", Type: Password, If: when("participant_login_enabled", true), Options: confirm},
	{ID: "participant_lastonline", Label: "Last Connection", Type: DateTime, Options: readonly},
	{ID: "participant_lastsession", Label: "Last Session", Type: DateTime, Options: readonly},
}}}}

// group is for groups of participants; it takes the list "projects".
var group = Form{"group", []Section{{ID: "informations", Label: "Information", Items: []Item{
	{ID: "id_participant_group", Label: "Participant Group ID", Type: Hidden, Required: true},
	{ID: "participant_group_name", Label: "Participant Group Name", Type: Text, Required: true},
	{ID: "id_project", Label: "Project", Type: Array, Required: true, List: "projects"},
	{ID: "project_name", Label: "Project Name", Type: Hidden},
}}}}
