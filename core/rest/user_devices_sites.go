package rest

import "github.com/gotera/gotera/core/store"

// userDevicesSites: which devices are available in which sites. Taking one off a site takes it off the site's projects.
var userDevicesSites = association[store.DeviceSite]{
	model: "device_site", doc: "devices and sites",
	left: end{
		entity: deviceEntity, list: "devices", with: "with_devices",
		owns: superAdminsOnly(deviceEntity), joins: superAdminsOnly(deviceEntity), leaves: deviceEntity.administered,
	},
	right: end{
		entity: siteEntity, list: "sites", with: "with_sites",
		owns: superAdminsOnly(siteEntity), joins: superAdminsOnly(siteEntity), leaves: siteEntity.administered,
	},
	inUse: map[string]string{
		"t_participants": "Can't remove the device from the site: participants there have it.",
		"t_sessions":     "Can't remove the device from the site: it has sessions there.",
	},
}
