package bus

import "strings"

// Names of the core's modules, as they appear in topics and in the source and dest of a TeraModuleMessage.
const (
	Flask           = "TeraServer.FlaskModule"
	Twisted         = "TeraServer.TwistedModule"
	Login           = "TeraServer.LoginModule"
	UserManager     = "TeraServer.UserManagerModule"
	Database        = "TeraServer.DatabaseModule"
	ServiceLauncher = "TeraServer.ServiceLauncherModule"
)

// Topics by OpenTera's naming convention (core.md 8.2).

// ModuleMessages carries TeraModuleMessages to one module.
func ModuleMessages(module string) string { return "module." + module + ".messages" }

// ModuleEvents carries the TeraEvents that one module tells everybody.
func ModuleEvents(module string) string { return "module." + module + ".events" }

// ModuleRPC carries calls to one module.
func ModuleRPC(module string) string { return "module." + module + ".rpc" }

// DatabaseEvents carries the DatabaseEvents of one model ("user", "session_type", ...).
func DatabaseEvents(model string) string { return ModuleEvents(Database) + "." + model }

// TwistedEvents carries TeraModuleMessages with a ServerCommand to the websocket of one uuid.
func TwistedEvents(uuid string) string { return ModuleEvents(Twisted) + "." + uuid }

// WebsocketEvents carries TeraEvents to the websocket of one user, participant or device (kind).
func WebsocketEvents(kind, uuid string) string { return "websocket." + kind + "." + uuid + ".events" }

// ServiceMessages carries TeraModuleMessages to a service, by its key or its uuid.
func ServiceMessages(service string) string { return "service." + service + ".messages" }

// ServiceRPC carries calls to a service, by its key or its uuid.
func ServiceRPC(service string) string { return "service." + service + ".rpc" }

// ServiceEvents carries the TeraEvents of a service, by its key.
func ServiceEvents(service string) string { return "service." + service + ".events" }

// Room is where a room process says that it is ready; key is the session's key.
func Room(key string) string { return "webrtc." + key }

// Escape makes topic a pattern that matches only itself. The topics above need it only when a part of them comes from
// outside and may hold one of * ? [ ] \.
func Escape(topic string) string {
	if !strings.ContainsAny(topic, `*?[]\`) {
		return topic
	}
	return escaper.Replace(topic)
}

var escaper = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`)
