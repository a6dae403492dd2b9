package forms

import "github.com/gotera/gotera/core"

var service = Form{"service", []Section{{ID: "infos", Label: "Information", Items: []Item{
	{ID: "id_service", Label: "Service ID", Type: Hidden, Required: true},
	{ID: "service_uuid", Label: "Service UUID", Type: Label, Options: writable},
	{ID: "service_name", Label: "Service Name", Type: Text, Required: true},
	{ID: "service_key", Label: "Service Key", Type: Text, Required: true},
	{ID: "service_hostname", Label: "Service Hostname", Type: Text, Required: true},
	{ID: "service_port", Label: "Service Internal Port", Type: Numeric, Required: true},
	{ID: "service_endpoint", Label: "Service Internal URL", Type: Text, Required: true},
	{ID: "service_clientendpoint", Label: "Service External Endpoint", Type: Text, Required: true},
	{ID: "service_endpoint_user", Label: "Service User Endpoint", Type: Text},
	{ID: "service_endpoint_participant", Label: "Service Participant Endpoint", Type: Text},
	{ID: "service_endpoint_device", Label: "Service Device Endpoint", Type: Text},
	{ID: "service_system", Label: "System Service", Type: Boolean, Required: true},
	{ID: "service_enabled", Label: "Service Enabled", Type: Boolean, Required: true},
	{ID: "service_has_assets", Label: "Service Contains Assets", Type: Boolean, Required: true},
	{ID: "service_has_tests", Label: "Service Contains Tests", Type: Boolean, Required: true},
	{ID: "service_editable_config", Label: "Service has editable config", Type: Boolean},
	{ID: "service_default_config", Label: "Service Default Configuration", Type: LongText},
}}}}

var serviceConfig = Form{"service_config", []Section{{ID: "infos", Label: "Information", Items: []Item{
	{ID: "id_service", Label: "Service ID", Type: Hidden, Required: true},
	{ID: "id_service_config", Label: "Service Config ID", Type: Hidden, Required: true},
	{ID: "id_user", Label: "User ID", Type: Hidden},
	{ID: "id_device", Label: "Device ID", Type: Hidden},
	{ID: "id_participant", Label: "Participant ID", Type: Hidden},
	{ID: "service_config_config", Label: "Service Config", Type: Hidden, Required: true},
}}}}

// ServiceSettings is the form for what a person sets of a service; only video rehabilitation has settings.
func ServiceSettings(key string) Form {
	f := Form{Object: "service_config_config"}
	if key == core.ServiceVideoRehab {
		f.Sections = videoRehabSettings
	}
	return f
}

var videoRehabSettings = []Section{{ID: "main_audio_video", Label: "Multimedia Configuration", Items: []Item{
	{ID: "camera", Label: "Camera", Type: VideoInputs},
	{ID: "mirror", Label: "Mirrored image", Type: Boolean, Default: true},
	{ID: "blur", Label: "Blurred background", Type: Boolean},
	{ID: "teracam_src", Label: "URL", Type: Text, Required: true, If: when("camera", "OpenTeraCam")},
	{ID: "camera_ptz", Label: "Pan-Tilt-Zoom Camera", Type: Boolean},
	{ID: "camera_ptz_type", Label: "Control Type", Type: Array, Required: true, Values: []Value{{"0", "Vivotek"}}, If: when("camera_ptz", true)},
	{ID: "camera_ptz_ip", Label: "Network Address", Type: Text, Required: true, If: when("camera_ptz", true)},
	{ID: "camera_ptz_port", Label: "Port", Type: Numeric, Required: true, If: when("camera_ptz", true)},
	{ID: "camera_ptz_username", Label: "Username", Type: Text, Required: true, If: when("camera_ptz", true)},
	{ID: "camera_ptz_password", Label: "Password", Type: Password, Required: true, If: when("camera_ptz", true)},
	{ID: "audio", Label: "Microphone", Type: AudioInputs},
	{ID: "camera2", Label: "Secondary Camera", Type: VideoInputs},
}}}

// Versions is the form for the versions of the server and of these client programs.
func Versions(clients []string) Form {
	f := Form{"versions", []Section{{ID: "infos", Label: "Information", Items: []Item{
		{ID: "version_string", Label: "OpenTeraServer version string", Type: Hidden, Required: true, Options: readonly},
		{ID: "version_major", Label: "OpenTeraServer major version number", Type: Text, Required: true, Options: readonly},
		{ID: "version_minor", Label: "OpenTeraServer minor version number", Type: Text, Required: true, Options: readonly},
		{ID: "version_patch", Label: "OpenTeraServer patch version number", Type: Text, Required: true, Options: readonly},
	}}}}
	for _, name := range clients {
		f.Sections = append(f.Sections, Section{ID: name, Name: name, Label: "Versions", Items: clientVersion})
	}
	return f
}

var clientVersion = []Item{
	{ID: "client_name", Label: "Client name", Type: Text, Required: true, Options: readonly},
	{ID: "client_description", Label: "Client description", Type: LongText, Required: true, Options: readonly},
	{ID: "client_version", Label: "Client version", Type: Text, Required: true, Options: readonly},
	{ID: "client_documentation_url", Label: "Client documentation url", Type: Text, Required: true, Options: readonly},
	{ID: "client_windows_download_url", Label: "Client windows version", Type: Text, Required: true, Options: readonly},
	{ID: "client_mac_download_url", Label: "Client mac version", Type: Text, Required: true, Options: readonly},
	{ID: "client_linux_download_url", Label: "Client linux version", Type: Text, Required: true, Options: readonly},
}
