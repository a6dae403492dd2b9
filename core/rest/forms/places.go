package forms

var site = Form{"site", []Section{{ID: "informations", Label: "Information", Items: []Item{
	{ID: "id_site", Label: "Site ID", Type: Hidden, Required: true},
	{ID: "site_name", Label: "Site Name", Type: Text, Required: true},
	{ID: "site_2fa_required", Label: "Users Require 2FA", Type: Boolean, TwoFactor: true},
	{ID: "site_role", Label: "Site Role", Type: Hidden},
}}}}

// project takes the list "sites".
var project = Form{"project", []Section{
	{ID: "informations", Label: "Information", Items: []Item{
		{ID: "id_project", Label: "Project ID", Type: Hidden, Required: true},
		{ID: "project_name", Label: "Project Name", Type: Text, Required: true},
		{ID: "project_enabled", Label: "Enabled", Type: Boolean, Required: true, Default: true},
		{ID: "id_site", Label: "Site", Type: Array, Required: true, List: "sites"},
		{ID: "project_role", Label: "Role", Type: Hidden},
		{ID: "site_name", Label: "Site Name", Type: Hidden},
	}},
	{ID: "description", Label: "Description", Items: []Item{
		{ID: "project_description", Label: "Description", Type: LongText},
	}},
}}

// device takes the list "device_types".
var device = Form{"device", []Section{
	{ID: "details", Label: "Parameters", Items: []Item{
		{ID: "id_device", Label: "Device ID", Type: Hidden, Required: true},
		{ID: "device_uuid", Label: "Device UUID", Type: Hidden, Required: true},
		{ID: "device_name", Label: "Device Name", Type: Text, Required: true},
		{ID: "id_device_type", Label: "Device Type ID", Type: Array, Required: true, List: "device_types"},
		{ID: "id_device_subtype", Label: "Device Sub-Type", Type: Array,
			If: &Condition{"id_device_type", "=", "changed", "/api/user/devicesubtypes?id_device_type="}},
		{ID: "device_token", Label: "Access Token", Type: LongLabel, Options: writable},
		{ID: "device_certificate", Label: "Certificate", Type: Hidden, Options: readonly},
		{ID: "device_enabled", Label: "Device Enabled?", Type: Boolean, Required: true},
		{ID: "device_onlineable", Label: "Device Onlineable?", Type: Boolean, Required: true},
		{ID: "device_lastonline", Label: "Last Connection", Type: DateTime, Options: readonly},
	}},
	{ID: "infos", Label: "Information", Items: []Item{{ID: "device_infos", Label: "Device Information", Type: LongText}}},
	{ID: "config", Label: "Configuration", Items: []Item{{ID: "device_config", Label: "Device Configuration", Type: LongText}}},
	{ID: "notes", Label: "Notes", Items: []Item{{ID: "device_notes", Label: "Notes", Type: LongText}}},
}}

var deviceType = Form{"device_type", []Section{{ID: "infos", Label: "Information", Items: []Item{
	{ID: "id_device_type", Label: "Device Type ID", Type: Hidden, Required: true},
	{ID: "device_type_name", Label: "Device Type Name", Type: Text, Required: true},
	{ID: "device_type_key", Label: "Device Type Key", Type: Text, Required: true},
}}}}

// deviceSubtype takes the list "device_types".
var deviceSubtype = Form{"device_subtype", []Section{{ID: "infos", Label: "Information", Items: []Item{
	{ID: "id_device_subtype", Label: "Device Sub-Type ID", Type: Hidden, Required: true},
	{ID: "device_subtype_name", Label: "Device Sub-Type Name", Type: Text, Required: true},
	{ID: "id_device_type", Label: "Device Type ID", Type: Array, Required: true, List: "device_types"},
}}}}
