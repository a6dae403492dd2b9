package rest

// route is one operation: who may call it, what it takes, what serves it.
type route struct {
	method, path string
	auth         auth
	in           params
	serve        func(*API, *call) (any, error)
}

const (
	get    = "GET"
	post   = "POST"
	remove = "DELETE"
)

// routes is the table of contents: /api/user/sessions is in user_sessions.go, and so on. POST bodies and arguments are
// declared beside each operation.
var routes = []route{
	// User API (core.md 4.2)
	{get, "/api/user/login", byUserPassword, userLoginIn, (*API).userLogin},
	{post, "/api/user/login/change_password", byUserSession, userLoginChangePasswordIn, (*API).userLoginChangePassword},
	{get, "/api/user/login/2fa", byUserSession, userLogin2FAIn, (*API).userLogin2FA},
	{post, "/api/user/login/2fa", byUserSession, userLogin2FAIn, (*API).userLogin2FA},
	{get, "/api/user/login/setup_2fa", byUserSession, userLoginSetup2FAGetIn, (*API).getUserLoginSetup2FA},
	{post, "/api/user/login/setup_2fa", byUserSession, userLoginSetup2FAPostIn, (*API).postUserLoginSetup2FA},
	{get, "/api/user/logout", byUser, userLogoutIn, (*API).userLogout},
	{get, "/api/user/refresh_token", byUserToken, userRefreshTokenIn, (*API).userRefreshToken},
	{get, "/api/user/users", byUser, userUsersIn, (*API).getUserUsers},
	{get, "/api/user/users/online", byUser, userUsersOnlineIn, (*API).getUserUsersOnline},
	{get, "/api/user/participants", byUser, userParticipantsIn, (*API).getUserParticipants},
	{post, "/api/user/participants", byUser, userParticipantsPostIn, (*API).postUserParticipants},
	{remove, "/api/user/participants", byUser, userParticipantsDeleteIn, (*API).deleteUserParticipants},
	{get, "/api/user/participants/online", byUser, userParticipantsOnlineIn, (*API).getUserParticipantsOnline},
	{get, "/api/user/devices", byUser, userDevicesIn, (*API).getUserDevices},
	{post, "/api/user/devices", byUser, userDevicesPostIn, (*API).postUserDevices},
	{remove, "/api/user/devices", byUser, userDevicesDeleteIn, (*API).deleteUserDevices},
	{get, "/api/user/devices/online", byUser, userDevicesOnlineIn, (*API).getUserDevicesOnline},
	{get, "/api/user/devicetypes", byUser, userDeviceTypesIn, (*API).getUserDeviceTypes},
	{post, "/api/user/devicetypes", byUser, userDeviceTypesPostIn, (*API).postUserDeviceTypes},
	{remove, "/api/user/devicetypes", byUser, userDeviceTypesDeleteIn, (*API).deleteUserDeviceTypes},
	{get, "/api/user/devicesubtypes", byUser, userDeviceSubtypesIn, (*API).getUserDeviceSubtypes},
	{post, "/api/user/devicesubtypes", byUser, userDeviceSubtypesPostIn, (*API).postUserDeviceSubtypes},
	{remove, "/api/user/devicesubtypes", byUser, userDeviceSubtypesDeleteIn, (*API).deleteUserDeviceSubtypes},
	{get, "/api/user/sites", byUser, userSitesIn, (*API).getUserSites},
	{post, "/api/user/sites", byUser, userSitesPostIn, (*API).postUserSites},
	{remove, "/api/user/sites", byUser, userSitesDeleteIn, (*API).deleteUserSites},
	{get, "/api/user/projects", byUser, userProjectsIn, (*API).getUserProjects},
	{post, "/api/user/projects", byUser, userProjectsPostIn, (*API).postUserProjects},
	{remove, "/api/user/projects", byUser, userProjectsDeleteIn, (*API).deleteUserProjects},
	{get, "/api/user/groups", byUser, userGroupsIn, (*API).getUserGroups},
	{post, "/api/user/groups", byUser, userGroupsPostIn, (*API).postUserGroups},
	{remove, "/api/user/groups", byUser, userGroupsDeleteIn, (*API).deleteUserGroups},
	{get, "/api/user/sessiontypes", byUser, userSessionTypesIn, (*API).getUserSessionTypes},
	{post, "/api/user/sessiontypes", byUser, userSessionTypesPostIn, (*API).postUserSessionTypes},
	{remove, "/api/user/sessiontypes", byUser, userSessionTypesDeleteIn, (*API).deleteUserSessionTypes},
	{get, "/api/user/services", byUser, userServicesIn, (*API).getUserServices},
	{post, "/api/user/services", byUser, userServicesPostIn, (*API).postUserServices},
	{remove, "/api/user/services", byUser, userServicesDeleteIn, (*API).deleteUserServices},
	{get, "/api/user/services/roles", byUser, userServicesRolesIn, (*API).getUserServicesRoles},
	{post, "/api/user/services/roles", byUser, userServicesRolesPostIn, (*API).postUserServicesRoles},
	{remove, "/api/user/services/roles", byUser, userServicesRolesDeleteIn, (*API).deleteUserServicesRoles},
	{get, "/api/user/sessions", byUser, userSessionsIn, (*API).getUserSessions},
	{post, "/api/user/sessions", byUser, userSessionsPostIn, (*API).postUserSessions},
	{remove, "/api/user/sessions", byUser, userSessionsDeleteIn, (*API).deleteUserSessions},
	{get, "/api/user/sessions/events", byUser, userSessionsEventsIn, (*API).getUserSessionsEvents},
	{post, "/api/user/sessions/events", byUser, userSessionsEventsPostIn, (*API).postUserSessionsEvents},
	{remove, "/api/user/sessions/events", byUser, userSessionsEventsDeleteIn, (*API).deleteUserSessionsEvents},
	{post, "/api/user/sessions/manager", byUser, manageIn, (*API).userSessionsManager},
	{get, "/api/user/assets", byUser, userAssetsIn, (*API).getUserAssets},
	{post, "/api/user/assets", byUser, userAssetsPostIn, (*API).postUserAssets},
	{remove, "/api/user/assets", byUser, userAssetsDeleteIn, (*API).deleteUserAssets},
	{get, "/api/user/forms", byUser, userFormsIn, (*API).userForms},
	{get, "/api/user/versions", byUser, userVersionsIn, (*API).getUserVersions},
	{post, "/api/user/versions", byUser, userVersionsPostIn, (*API).postUserVersions},
	{get, "/api/user/server/settings", byUser, userServerSettingsIn, (*API).getUserServerSettings},
	{get, "/api/user/disconnect", byUser, userDisconnectIn, (*API).userDisconnect},

	// Participant API (core.md 4.3)
	{get, "/api/participant/login", byParticipant, participantLoginIn, (*API).participantLogin},
	{get, "/api/participant/logout", byParticipant, participantLogoutIn, (*API).participantLogout},
	{get, "/api/participant/refresh_token", byParticipantToken, participantRefreshTokenIn, (*API).participantRefreshToken},
	{get, "/api/participant/participants", byParticipant, participantParticipantsIn, (*API).getParticipantParticipants},
	{post, "/api/participant/participants", byFullParticipant, participantParticipantsPostIn, (*API).postParticipantParticipants},
	{get, "/api/participant/assets", byParticipant, participantAssetsIn, (*API).getParticipantAssets},
	{get, "/api/participant/devices", byFullParticipant, participantDevicesIn, (*API).getParticipantDevices},
	{get, "/api/participant/sessions", byFullParticipant, participantSessionsIn, (*API).getParticipantSessions},
	{post, "/api/participant/sessions", byParticipant, participantSessionsPostIn, (*API).postParticipantSessions},

	// Device API (core.md 4.4)
	{get, "/api/device/login", byDevice, deviceLoginIn, (*API).deviceLogin},
	{get, "/api/device/logout", byDevice, deviceLogoutIn, (*API).deviceLogout},
	{get, "/api/device/register", byRegistrant, deviceRegisterIn, (*API).getDeviceRegister},
	{post, "/api/device/register", byRegistrant, deviceRegisterPostIn, (*API).postDeviceRegister},
	{get, "/api/device/devices", byDevice, deviceDevicesIn, (*API).getDeviceDevices},
	{post, "/api/device/devices", byDevice, deviceDevicesPostIn, (*API).postDeviceDevices},
	{get, "/api/device/assets", byDevice, deviceAssetsIn, (*API).getDeviceAssets},
	{get, "/api/device/participants", byDevice, deviceParticipantsIn, (*API).getDeviceParticipants},
	{get, "/api/device/sessions", byDevice, deviceForbiddenIn, (*API).deviceForbidden},
	{post, "/api/device/sessions", byDevice, deviceSessionsPostIn, (*API).postDeviceSessions},
	{remove, "/api/device/sessions", byDevice, deviceForbiddenIn, (*API).deviceForbidden},
	{get, "/api/device/sessions/events", byDevice, deviceForbiddenIn, (*API).deviceForbidden},
	{post, "/api/device/sessions/events", byDevice, deviceSessionsEventsPostIn, (*API).postDeviceSessionsEvents},
	{remove, "/api/device/sessions/events", byDevice, deviceForbiddenIn, (*API).deviceForbidden},
	{post, "/api/device/status", byDevice, deviceStatusIn, (*API).deviceStatus},

	// Service API (core.md 4.5)
	{get, "/api/service/auth/code", byService, serviceAuthCodeIn, (*API).getServiceAuthCode},
	{get, "/api/service/access", byService, serviceAccessIn, (*API).getServiceAccess},
	{get, "/api/service/users", byService, serviceUsersIn, (*API).getServiceUsers},
	{get, "/api/service/users/access", byService, serviceUsersAccessIn, (*API).getServiceUsersAccess},
	{get, "/api/service/participants", byService, serviceParticipantsIn, (*API).getServiceParticipants},
	{post, "/api/service/participants", byService, serviceParticipantsPostIn, (*API).postServiceParticipants},
	{get, "/api/service/devices", byService, serviceDevicesIn, (*API).getServiceDevices},
	{post, "/api/service/devices", byService, serviceDevicesPostIn, (*API).postServiceDevices},
	{get, "/api/service/services", byService, serviceServicesIn, (*API).getServiceServices},
	{get, "/api/service/roles", byService, serviceRolesIn, (*API).getServiceRoles},
	{post, "/api/service/roles", byService, serviceRolesPostIn, (*API).postServiceRoles},
	{remove, "/api/service/roles", byService, serviceRolesDeleteIn, (*API).deleteServiceRoles},
	{get, "/api/service/disconnect", byService, serviceDisconnectIn, (*API).serviceDisconnect},
	{get, "/api/service/sites", byService, serviceSitesIn, (*API).getServiceSites},
	{get, "/api/service/projects", byService, serviceProjectsIn, (*API).getServiceProjects},
	{post, "/api/service/projects", byService, serviceProjectsPostIn, (*API).postServiceProjects},
	{remove, "/api/service/projects", byService, serviceProjectsDeleteIn, (*API).deleteServiceProjects},
	{get, "/api/service/groups", byService, serviceGroupsIn, (*API).getServiceGroups},
	{post, "/api/service/groups", byService, serviceGroupsPostIn, (*API).postServiceGroups},
	{remove, "/api/service/groups", byService, serviceGroupsDeleteIn, (*API).deleteServiceGroups},
	{get, "/api/service/sessiontypes", byService, serviceSessionTypesIn, (*API).getServiceSessionTypes},
	{get, "/api/service/sessions", byService, serviceSessionsIn, (*API).getServiceSessions},
	{post, "/api/service/sessions", byService, serviceSessionsPostIn, (*API).postServiceSessions},
	{get, "/api/service/sessions/events", byService, serviceSessionsEventsIn, (*API).getServiceSessionsEvents},
	{post, "/api/service/sessions/events", byService, serviceSessionsEventsPostIn, (*API).postServiceSessionsEvents},
	{get, "/api/service/assets", byService, serviceAssetsIn, (*API).getServiceAssets},
	{post, "/api/service/assets", byService, serviceAssetsPostIn, (*API).postServiceAssets},
	{remove, "/api/service/assets", byService, serviceAssetsDeleteIn, (*API).deleteServiceAssets},
	{post, "/api/service/sessions/manager", byService, manageIn, (*API).serviceSessionsManager},
}
