package rest

import (
	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

var userUsersIn = params{doc: "Lists users: those asked for, or all that the caller may see.", list: []param{
	{name: "id", kind: integer, help: "ID of the user to query"},
	{name: "id_user", kind: integer, help: "ID of the user to query"},
	{name: "id_user_group", kind: integer, help: "ID of the user group to get all users from"},
	{name: "id_project", kind: integer, help: "ID of the project to get all users that has access to it"},
	{name: "user_uuid", kind: text, help: "User UUID to query"},
	{name: "uuid", kind: text, help: `Alias for "user_uuid"`},
	{name: "username", kind: text, help: "Username of the user to query"},
	{name: "self", kind: boolean, help: "Query information about the currently logged user"},
	{name: "enabled", kind: boolean, help: "Only returns users with the specified enabled status"},
	{name: "list", kind: boolean, help: "Flag that limits the returned data to minimal information (ID, name, enabled)"},
	{name: "with_usergroups", kind: boolean, help: "Include usergroups information for each user."},
	{name: "with_status", kind: boolean, help: "Include status information - offline, online, busy for each user"},
}}

func (a *API) getUserUsers(c *call) (any, error) {
	users, err := a.findUsers(c)
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), a.store, mode(c.args.bool("list")), users...)
	if err != nil {
		return nil, err
	}
	if !c.args.has("list") {
		if err := a.addOwnRoles(c, users, objects); err != nil {
			return nil, err
		}
	}
	if c.args.bool("with_usergroups") {
		if err := a.addUserGroups(c, users, objects); err != nil {
			return nil, err
		}
	}
	if c.args.bool("with_status") {
		status := a.reg.Statuses(core.KindUser)
		for i, u := range users {
			addStatus(objects[i], "user", status[u.UUID])
		}
	}
	return objects, nil
}

// findUsers chooses by the first argument that is given, in upstream's order.
func (a *API) findUsers(c *call) ([]*store.User, error) {
	q := store.UserQuery{Enabled: c.args.optionalBool("enabled")}
	access := c.access()
	id, uuid := c.args.first("id", "id_user"), c.args.firstText("uuid", "user_uuid")
	switch {
	case uuid != "":
		q.UUIDs = []string{uuid}
	case id != 0:
		q.IDs = []int{id}
	case c.args.int("id_project") != 0:
		if err := must[store.Project](c, errNothing, c.args.int("id_project")); err != nil {
			return nothing[store.User](err)
		}
		enabled := true
		if q.Enabled != nil && !*q.Enabled {
			return nil, nil // only enabled ones are looked for
		}
		q.Project, q.SuperAdmins, q.Enabled = c.args.int("id_project"), c.id.User.SuperAdmin, &enabled
		access = store.Everything() // whoever may see the project may see its people
	case c.args.has("self"):
		q.IDs = []int{c.id.User.ID}
	case c.args.has("username"):
		if c.args.text("username") == "" {
			return nil, nil
		}
		q.Username = c.args.text("username")
	case c.args.int("id_user_group") != 0:
		if err := must[store.UserGroup](c, errNothing, c.args.int("id_user_group")); err != nil {
			return nothing[store.User](err)
		}
		q.Groups = []int{c.args.int("id_user_group")}
	}
	return a.store.Users(c.ctx(), access, q)
}

// addOwnRoles adds the caller's sites and projects to the caller's own entry.
func (a *API) addOwnRoles(c *call, users []*store.User, objects []store.Object) error {
	for i, u := range users {
		if u.ID != c.id.User.ID {
			continue
		}
		sites, err := a.store.Sites(c.ctx(), c.access(), store.SiteQuery{})
		if err != nil {
			return err
		}
		if objects[i]["sites"], err = a.sitesWithRoles(c, c.id.User, sites); err != nil {
			return err
		}
		projects, err := a.store.Projects(c.ctx(), c.access(), store.ProjectQuery{})
		if err != nil {
			return err
		}
		if objects[i]["projects"], err = a.projectsWithRoles(c, c.id.User, projects); err != nil {
			return err
		}
	}
	return nil
}

func (a *API) addUserGroups(c *call, users []*store.User, objects []store.Object) error {
	groups, err := a.store.GroupsOfUsers(c.ctx(), c.access(), idsOf(users, func(u *store.User) int { return u.ID }))
	if err != nil {
		return err
	}
	for i, u := range users {
		if objects[i]["user_user_groups"], err = store.JSON(c.ctx(), a.store, store.Min, groups[u.ID]...); err != nil {
			return err
		}
	}
	return nil
}

var userUsersOnlineIn = params{doc: "Lists the users that are online or busy."}

func (a *API) getUserUsersOnline(c *call) (any, error) {
	status := a.reg.Statuses(core.KindUser)
	users, err := a.store.Users(c.ctx(), c.access(), store.UserQuery{UUIDs: keys(status)})
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), a.store, store.Min, users...)
	for i, u := range users {
		addStatus(objects[i], "user", status[u.UUID])
	}
	return objects, err
}
