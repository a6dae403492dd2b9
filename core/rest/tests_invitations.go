package rest

import (
	"context"
	"errors"
	"net/url"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

// Users and services call the same operations; what each may see is the store's affair.

var testsInvitationsIn = params{strict: true, doc: "Lists test invitations: all that the caller may see, or those that any of the arguments matches.", list: []param{
	{name: "id_test_invitation", kind: integer, help: "Specific ID of test invitation to query information."},
	{name: "test_invitation_key", kind: text, help: "Specific key of test invitation to query information."},
	{name: "id_user", kind: integer, help: "ID of the user from which to request all test invitations"},
	{name: "user_uuid", kind: text, help: "UUID of the user from which to request all test invitations"},
	{name: "id_participant", kind: integer, help: "ID of the participant from which to request all test invitations"},
	{name: "participant_uuid", kind: text, help: "UUID of the participant from which to request all test invitations"},
	{name: "id_device", kind: integer, help: "ID of the device from which to request all test invitations"},
	{name: "device_uuid", kind: text, help: "UUID of the device from which to request all test invitations"},
	{name: "id_session", kind: integer, help: "ID of session from which to request all test invitations"},
	{name: "session_uuid", kind: text, help: "UUID of session from which to request all test invitations"},
	{name: "id_test_type", kind: integer, help: "ID of test type from which to request all test invitations"},
	{name: "test_type_uuid", kind: text, help: "UUID of test type from which to request all test invitations"},
	{name: "id_project", kind: integer, help: "ID of project from which to request all test invitations"},
	{name: "full", kind: boolean, help: "Include more information in invitations with user, participant, device, test_type and session."},
	{name: "with_urls", kind: boolean, help: "Include URLs in results"},
}}

func (a *API) getTestsInvitations(c *call) (any, error) {
	q, err := a.invitationQuery(c)
	if err != nil {
		return nil, err
	}
	rows, err := a.store.TestInvitations(c.ctx(), c.access(), q)
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), a.store, mode(!c.args.bool("full")), rows...)
	if err != nil || !c.args.bool("with_urls") {
		return objects, err
	}
	return objects, a.addInvitationURLs(c, rows, objects)
}

// invitationQuery turns the arguments into ids. A uuid goes before the id beside it, unless nobody has it.
func (a *API) invitationQuery(c *call) (q store.TestInvitationQuery, err error) {
	if c.args.has("id_test_invitation") {
		q.IDs = []int{c.args.int("id_test_invitation")}
	}
	if c.args.has("test_invitation_key") {
		q.Keys = []string{c.args.text("test_invitation_key")}
	}
	for _, f := range []struct {
		idArg, uuidArg string
		find           func(ctx context.Context, uuid string) (int, error)
		into           *[]int
	}{
		{"id_user", "user_uuid", c.accountFinder(core.KindUser), &q.Users},
		{"id_participant", "participant_uuid", c.accountFinder(core.KindParticipant), &q.Participants},
		{"id_device", "device_uuid", c.accountFinder(core.KindDevice), &q.Devices},
		{"id_session", "session_uuid", a.sessionID, &q.Sessions},
		{"id_test_type", "test_type_uuid", a.testTypeID, &q.Types},
		{"id_project", "", nil, &q.Projects},
	} {
		if c.args.has(f.idArg) {
			*f.into = []int{c.args.int(f.idArg)}
		}
		if !c.args.has(f.uuidArg) {
			continue
		}
		id, err := f.find(c.ctx(), c.args.text(f.uuidArg))
		switch {
		case err == nil:
			*f.into = []int{id}
		case !errors.Is(err, store.ErrNotFound):
			return q, err
		case *f.into == nil:
			*f.into = []int{} // asked for, and nothing
		}
	}
	return q, nil
}

// addInvitationURLs adds where an invitation leads: nowhere unless the type has a web format and its service is enabled.
// Upstream's service API writes & for ? (core.md 13.3, 57).
func (a *API) addInvitationURLs(c *call, rows []*store.TestInvitation, objects []store.Object) error {
	urls, err := c.enabledURLs()
	if err != nil {
		return err
	}
	types, err := store.ByIDs[store.TestType](c.ctx(), a.store, idsOf(rows, func(v *store.TestInvitation) int { return v.TypeID }))
	if err != nil {
		return err
	}
	for i, v := range rows {
		t := types[v.TypeID]
		if t == nil || !t.HasWebFormat {
			continue
		}
		if u := urls.at(urls.byID[t.ServiceID], "/viewer?invitation_key="+url.QueryEscape(v.Key)); u != nil {
			objects[i]["test_invitation_url"] = u
		}
	}
	return nil
}

var testsInvitationsDeleteIn = params{strict: true, doc: "Deletes a test invitation.", list: []param{
	{name: "id", kind: integer, help: "Test invitation ID to delete", required: true},
}}

func (a *API) deleteTestsInvitations(c *call) (any, error) {
	id := c.args.int("id")
	if err := must[store.TestInvitation](c, errForbidden, id); err != nil {
		return nil, err
	}
	return "", deleteRow[store.TestInvitation](c, id, nil)
}
