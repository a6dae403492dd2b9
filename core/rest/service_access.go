package rest

import (
	"errors"
	"net/http"

	"github.com/gotera/gotera/core/store"
)

var serviceAccessIn = params{doc: "Lists what a user, a participant or a device may see.", list: []param{
	{name: "from_user_uuid", kind: text, help: "User uuid requesting access"},
	{name: "from_participant_uuid", kind: text, help: "Participant uuid requesting access"},
	{name: "from_device_uuid", kind: text, help: "Device uuid requesting access"},
	{name: "with_users", kind: boolean, help: "List accessible users"},
	{name: "with_projects", kind: boolean, help: "List accessible projects"},
	{name: "with_participants", kind: boolean, help: "List accessible participants"},
	{name: "with_devices", kind: boolean, help: "List accessible device"},
	{name: "with_sites", kind: boolean, help: "List accessible site"},
	{name: "admin", kind: boolean, help: "List only accessible with admin rights"},
	{name: "with_names", kind: boolean, help: "Also includes the names of the returned items"},
}}

// getServiceAccess answers for any account: services need to know who may see whom, not only in their own projects.
func (a *API) getServiceAccess(c *call) (any, error) {
	if !c.args.any() {
		return nil, fail(http.StatusBadRequest, "No arguments specified")
	}
	switch {
	case c.args.text("from_user_uuid") != "":
		return a.accessFromUser(c, c.args.text("from_user_uuid"))
	case c.args.text("from_participant_uuid") != "":
		return a.accessFromParticipant(c, c.args.text("from_participant_uuid"))
	case c.args.text("from_device_uuid") != "":
		return a.accessFromDevice(c, c.args.text("from_device_uuid"))
	}
	return nil, fail(http.StatusBadRequest, "Missing at least one from argument for uuids")
}

// named is an item of the answer; key is "uuid" or "id".
func (c *call) named(key string, value any, name string) object {
	o := object{key: value}
	if c.args.bool("with_names") {
		o["name"] = name
	}
	return o
}

func (a *API) accessFromUser(c *call, uuid string) (any, error) {
	u, err := a.store.UserByUUID(c.ctx(), uuid)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail(http.StatusBadRequest, "Invalid user uuid")
	}
	if err != nil {
		return nil, err
	}
	access := u.Access()
	if c.args.bool("admin") {
		access = access.Admin()
	}
	result := object{"from_user_uuid": uuid, "admin": c.args.bool("admin")}
	if c.args.bool("with_users") {
		users, err := a.store.Users(c.ctx(), access, store.UserQuery{})
		if err != nil {
			return nil, err
		}
		result["users"] = each(users, func(u *store.User) object { return c.named("uuid", u.UUID, u.FullName()) })
	}
	if c.args.bool("with_projects") {
		projects, err := a.store.Projects(c.ctx(), access, store.ProjectQuery{})
		if err != nil {
			return nil, err
		}
		result["projects"] = each(projects, func(p *store.Project) object { return c.named("id", p.ID, p.Name) })
	}
	if c.args.bool("with_participants") {
		participants, err := a.store.Participants(c.ctx(), access, store.ParticipantQuery{})
		if err != nil {
			return nil, err
		}
		result["participants"] = each(participants, func(p *store.Participant) object { return c.named("uuid", p.UUID, p.Name) })
	}
	if c.args.bool("with_devices") {
		devices, err := a.store.Devices(c.ctx(), access, store.DeviceQuery{})
		if err != nil {
			return nil, err
		}
		result["devices"] = each(devices, func(d *store.Device) object { return c.named("uuid", d.UUID, d.Name) })
	}
	if c.args.bool("with_sites") {
		sites, err := a.store.Sites(c.ctx(), access, store.SiteQuery{})
		if err != nil {
			return nil, err
		}
		result["sites"] = each(sites, func(s *store.Site) object { return c.named("id", s.ID, s.Name) })
	}
	return result, nil
}

func each[T any](rows []*T, f func(*T) object) []object {
	list := make([]object, len(rows))
	for i, r := range rows {
		list[i] = f(r)
	}
	return list
}

// accessFromParticipant lists the participant alone.
func (a *API) accessFromParticipant(c *call, uuid string) (any, error) {
	if c.args.bool("admin") {
		return nil, fail(http.StatusBadRequest, "Participant cannot be admin")
	}
	p, err := a.store.ParticipantByUUID(c.ctx(), uuid)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail(http.StatusBadRequest, "Invalid participant uuid")
	}
	if err != nil {
		return nil, err
	}
	result := object{"from_participant_uuid": uuid}
	c.addEmpty(result, "users", "projects", "devices", "sites")
	if c.args.bool("with_participants") {
		result["participants"] = []object{c.named("uuid", p.UUID, p.Name)}
	}
	return result, nil
}

// accessFromDevice lists the device alone, with the participants that have it.
func (a *API) accessFromDevice(c *call, uuid string) (any, error) {
	if c.args.bool("admin") {
		return nil, fail(http.StatusBadRequest, "Device cannot be admin")
	}
	d, err := a.store.DeviceByUUID(c.ctx(), uuid)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail(http.StatusBadRequest, "Invalid device uuid")
	}
	if err != nil {
		return nil, err
	}
	result := object{"from_device_uuid": uuid}
	c.addEmpty(result, "users", "projects", "sites")
	if c.args.bool("with_participants") {
		participants, err := a.store.Participants(c.ctx(), d.Access(), store.ParticipantQuery{})
		if err != nil {
			return nil, err
		}
		result["participants"] = each(participants, func(p *store.Participant) object { return c.named("uuid", p.UUID, p.Name) })
	}
	if c.args.bool("with_devices") {
		result["devices"] = []object{c.named("uuid", d.UUID, d.Name)}
	}
	return result, nil
}

// addEmpty adds an empty list for each of names that is asked for: upstream has nothing to say about them.
func (c *call) addEmpty(result object, names ...string) {
	for _, name := range names {
		if c.args.bool("with_" + name) {
			result[name] = []object{}
		}
	}
}
