package rest

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/gotera/gotera/core/store"
)

var userUsersPostIn = params{body: "user", doc: "Creates a user (id 0) or changes one; user_user_groups sets the groups."}

var errGroups = fail(http.StatusForbidden, "No access for at a least one user group in the list")

// userPost is a user on the way into the database.
type userPost struct {
	*call
	o      object
	id     int
	target *store.User // before the change; nil for a new one

	groups     []int // wanted; nothing is said about them when withGroups is false
	withGroups bool
}

// postUserUsers creates or changes a user (core.md 4.2).
func (a *API) postUserUsers(c *call) (any, error) {
	p := userPost{call: c}
	var err error
	if p.o, err = c.wrapped("user", "Missing user"); err != nil {
		return nil, err
	}
	if p.id, err = p.o.id("id_user"); err != nil {
		return nil, err
	}
	for _, check := range []func() error{p.readGroups, p.checkTarget, p.checkGroups, p.checkFields} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	if err := p.save(); err != nil {
		return nil, err
	}
	saved, err := store.Get[store.User](c.ctx(), a.store, p.id) // the groups may require a second factor
	if err != nil {
		return nil, err
	}
	object, err := store.JSONOf(c.ctx(), a.store, store.Full, saved)
	return []store.Object{object}, err
}

// readGroups takes the groups off the user.
func (p *userPost) readGroups() error {
	p.withGroups = p.o["user_user_groups"] != nil
	list, err := p.o.objects("user_user_groups")
	if err != nil {
		return err
	}
	delete(p.o, "user_user_groups")
	for _, g := range list {
		id, err := g.id("id_user_group")
		if err != nil {
			return err
		}
		if !slices.Contains(p.groups, id) {
			p.groups = append(p.groups, id)
		}
	}
	found, err := p.api.store.UserGroups(p.ctx(), p.access().Admin(), store.UserGroupQuery{IDs: append([]int{}, p.groups...)})
	if err == nil && len(found) != len(p.groups) {
		err = errGroups
	}
	return err
}

// checkTarget: site administrators change the users of their sites, but no super-administrators (upstream lets them,
// core.md 13.2, 20), and create users in groups of theirs.
func (p *userPost) checkTarget() error {
	if p.id == 0 {
		if !p.superUser() && len(p.groups) == 0 {
			return errForbidden
		}
		return nil
	}
	var err error
	if p.target, err = find[store.User](p.call, p.id, fail(http.StatusBadRequest, "")); err != nil || p.superUser() {
		return err
	}
	if p.id == p.call.id.User.ID {
		p.dropFactors()
		delete(p.o, "user_force_password_change")
		return nil
	}
	edit, whole, err := p.api.store.MayEditUser(p.ctx(), p.access(), p.id)
	switch {
	case err != nil:
		return err
	case !edit, !whole && p.takesOver():
		return errForbidden
	}
	delete(p.o, "user_2fa_otp_secret")
	return nil
}

// dropFactors removes what only administrators may say about a user's second factor (core.md 13.1, 17).
func (p *userPost) dropFactors() {
	for _, key := range []string{"user_2fa_enabled", "user_2fa_otp_enabled", "user_2fa_email_enabled", "user_2fa_otp_secret"} {
		delete(p.o, key)
	}
}

// takesOver reports whether the change is one that gives power over the account: of somebody who has rights elsewhere
// too, it is not for the administrator of one place. What stays as it is does not count, as forms send everything.
func (p *userPost) takesOver() bool {
	if p.o.has("user_password") && p.o["user_password"] != "" {
		return true
	}
	t := p.target
	email := ""
	if t.Email != nil {
		email = *t.Email
	}
	for key, now := range map[string]any{
		"user_enabled": t.Enabled, "user_force_password_change": t.ForcePasswordChange, "user_2fa_enabled": t.TwoFactor,
		"user_2fa_otp_enabled": t.TwoFactorOTP, "user_2fa_email_enabled": t.TwoFactorEmail, "user_email": email,
	} {
		v, given := p.o[key]
		if key == "user_email" && v == nil {
			v = ""
		}
		if given && v != now {
			return true
		}
	}
	return false
}

// checkGroups: who adds a member to a group gives all its roles.
func (p *userPost) checkGroups() error {
	added := p.groups
	if p.id > 0 && len(added) > 0 {
		had, err := store.Rows[store.UserUserGroup](p.ctx(), p.api.store, store.Everything(), store.Columns{"id_user": p.id})
		if err != nil {
			return err
		}
		added = slices.DeleteFunc(slices.Clone(added), func(id int) bool {
			return slices.ContainsFunc(had, func(m *store.UserUserGroup) bool { return m.UserGroupID == id })
		})
	}
	ok, err := p.api.store.MayWithGroups(p.ctx(), p.access(), store.GroupAddMember, added...)
	if err == nil && !ok {
		err = errGroups
	}
	return err
}

func (p *userPost) checkFields() error {
	if p.o.has("user_superadmin") && !p.superUser() {
		p.o["user_superadmin"] = false
	}
	if p.id > 0 {
		if p.o.has("user_username") {
			return fail(http.StatusBadRequest, "Username can't be modified")
		}
	} else if missing := store.MissingFields[store.User](store.Object(p.o), "user_superadmin"); len(missing) > 0 {
		return fail(http.StatusBadRequest, "Missing required fields: ['"+strings.Join(missing, "', '")+"']")
	}
	password, err := p.o.text("user_password")
	switch {
	case err != nil:
		return err
	case p.id == 0 && password == "":
		return fail(http.StatusBadRequest, "Invalid password")
	case len(password) > maxPassword:
		return fail(http.StatusBadRequest, "Password too long")
	}
	return nil
}

func (p *userPost) save() error {
	err := p.api.store.Write(p.ctx(), func(tx *store.Tx) error {
		u, err := save[store.User](p.call, tx, p.id, p.o)
		if err != nil {
			return err
		}
		p.id = u.ID
		if !p.withGroups || u.SuperAdmin { // who may everything needs no group
			return nil
		}
		return p.saveGroups(tx)
	})
	if d, ok := errors.AsType[*store.DuplicateError](err); ok && d.Column == "user_username" {
		return fail(http.StatusConflict, "Username unavailable.")
	}
	return stored(err)
}

// saveGroups adds the wanted groups, and takes the user out of those of the caller's that are not wanted.
func (p *userPost) saveGroups(tx *store.Tx) error {
	had, err := store.Rows[store.UserUserGroup](p.ctx(), tx, store.Everything(), store.Columns{"id_user": p.id})
	if err != nil {
		return err
	}
	own, err := store.Rows[store.UserGroup](p.ctx(), tx, p.access().Admin(), store.Columns{
		"id_user_group": idsOf(had, func(m *store.UserUserGroup) int { return m.UserGroupID }),
	})
	if err != nil {
		return err
	}
	wanted := slices.Clone(p.groups)
	for _, m := range had {
		if at := slices.Index(wanted, m.UserGroupID); at >= 0 {
			wanted = slices.Delete(wanted, at, at+1)
			continue
		}
		if slices.ContainsFunc(own, func(g *store.UserGroup) bool { return g.ID == m.UserGroupID }) {
			if err := tx.Delete(p.ctx(), m); err != nil {
				return err
			}
		}
	}
	for _, id := range wanted {
		if err := tx.Insert(p.ctx(), &store.UserUserGroup{UserID: p.id, UserGroupID: id}); err != nil {
			return err
		}
	}
	return nil
}
