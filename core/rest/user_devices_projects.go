package rest

import "github.com/gotera/gotera/core/store"

// userDevicesProjects: which devices of a site are available in which of its projects.
var userDevicesProjects = association[store.DeviceProject]{
	model: "device_project", doc: "devices and projects", also: []param{withSitesOfProjects},
	left: end{
		entity: deviceEntity, list: "devices", with: "with_devices", whole: true,
		owns: deviceEntity.visible, joins: deviceEntity.visible, leaves: deviceEntity.administered,
	},
	right: end{
		entity: projectEntity, list: "projects", with: "with_projects", refusal: "Access denied",
		owns: projectsOfAdministeredSites, joins: projectsOfAdministeredSites, leaves: projectEntity.administered,
	},
	sites:   siteLinksOf(func(l *store.DeviceSite) int { return l.DeviceID }),
	outside: map[string]string{"t_devices_sites": "At least one device is not in the site of its project"},
	inUse: map[string]string{
		"t_participants": "Can't remove the device from the project: participants there have it.",
		"t_sessions":     "Can't remove the device from the project: it has sessions there.",
	},
}

// withSitesOfProjects makes a listing of projects show their sites.
var withSitesOfProjects = param{name: "with_sites", kind: boolean, help: "Adds the site of each project"}
