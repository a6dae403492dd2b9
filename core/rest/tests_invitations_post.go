package rest

import (
	"fmt"
	"math"
	"net/http"
	"slices"

	"github.com/gotera/gotera/core/store"
)

var testsInvitationsPostIn = params{body: "tests_invitations", many: true, doc: "Creates test invitations (id 0) or changes the counts and the end of some: all of the list or none."}

// invitationFields are what an invitation may hold, and whether it is a number or a text.
var invitationFields = map[string]kind{
	"id_test_invitation": integer, "id_test_type": integer, "id_session": integer, "id_user": integer, "id_participant": integer,
	"id_device": integer, "id_project": integer, "test_invitation_count": integer, "test_invitation_max_count": integer,
	"test_invitation_key": text, "test_invitation_message": text, "test_invitation_creation_date": text,
	"test_invitation_expiration_date": text,
}

// invitationChanges are what may change in an invitation.
var invitationChanges = []string{"test_invitation_count", "test_invitation_max_count", "test_invitation_expiration_date"}

func (a *API) postTestsInvitations(c *call) (any, error) {
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	list, err := invitationList(body)
	if err != nil {
		return nil, fail(http.StatusBadRequest, "Invalid JSON structure: "+err.Error())
	}
	if err := a.checkInvitations(c, list); err != nil {
		return nil, err
	}
	rows := make([]*store.TestInvitation, len(list))
	err = c.write(func(tx *store.Tx) error {
		for i, o := range list {
			id, _ := o["id_test_invitation"].(int)
			if id != 0 {
				o = only(o, invitationChanges)
			}
			if rows[i], err = save[store.TestInvitation](c, tx, id, o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	objects, err := store.JSON(c.ctx(), a.store, store.Full, rows...)
	if err != nil {
		return nil, err
	}
	return objects, a.addInvitationURLs(c, rows, objects)
}

// invitationList checks the shape of the body: what upstream says in a JSON schema. Whole numbers become ints.
func invitationList(body object) ([]object, error) {
	for key := range body {
		if key != "tests_invitations" {
			return nil, fmt.Errorf("unexpected property %.40q", key)
		}
	}
	raw, ok := body["tests_invitations"].([]any)
	if !ok {
		return nil, fmt.Errorf("tests_invitations must be a list")
	}
	if len(raw) == 0 || len(raw) > maxList {
		return nil, fmt.Errorf("tests_invitations must hold between 1 and %d invitations", maxList)
	}
	list := make([]object, len(raw))
	seen := make(map[string]bool, len(raw))
	for i, item := range raw {
		o, ok := item.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("tests_invitations[%d] must be an object", i)
		}
		if err := invitationShape(o); err != nil {
			return nil, fmt.Errorf("tests_invitations[%d]: %w", i, err)
		}
		if text := fmt.Sprint(o); seen[text] { // maps are printed in the order of their keys
			return nil, fmt.Errorf("tests_invitations[%d] is there twice", i)
		} else {
			seen[text] = true
		}
		list[i] = o
	}
	return list, nil
}

func invitationShape(o object) error {
	if !o.has("id_test_invitation") {
		return fmt.Errorf("id_test_invitation is missing")
	}
	for key, v := range o {
		k, known := invitationFields[key]
		if !known {
			return fmt.Errorf("unexpected property %.40q", key)
		}
		if k == text {
			if _, ok := v.(string); !ok {
				return fmt.Errorf("%s must be a text", key)
			}
			continue
		}
		if f, ok := v.(float64); ok && f == math.Trunc(f) && math.Abs(f) <= maxID {
			v = int(f)
			o[key] = v
		}
		if n, ok := v.(int); !ok || n < -maxID || n > maxID {
			return fmt.Errorf("%s must be an integer of 32 bits", key)
		}
	}
	return nil
}

// reference is a key of an invitation and the ids of the list that the caller may use there.
type reference struct {
	key  string
	read func(c *call, ids []int) (map[int]bool, error)
}

var invitationReferences = []reference{
	{"id_user", visibleIDs[store.User]}, {"id_participant", visibleIDs[store.Participant]}, {"id_device", visibleIDs[store.Device]},
	{"id_project", visibleIDs[store.Project]}, {"id_session", visibleIDs[store.Session]}, {"id_test_type", visibleIDs[store.TestType]},
}

// checkInvitations sees what each invitation refers to, in a fixed number of queries, and that it is complete.
func (a *API) checkInvitations(c *call, list []object) error {
	all := append([]reference{{"id_test_invitation", visibleIDs[store.TestInvitation]}}, invitationReferences...)
	visible := make(map[string]map[int]bool, len(all))
	for _, r := range all {
		ids := []int{}
		for _, o := range list {
			if id, ok := o[r.key].(int); ok {
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 {
			continue
		}
		var err error
		if visible[r.key], err = r.read(c, ids); err != nil {
			return err
		}
	}
	for _, o := range list {
		if err := checkInvitation(o, visible); err != nil {
			return err
		}
	}
	return nil
}

func checkInvitation(o object, visible map[string]map[int]bool) error {
	if id, _ := o["id_test_invitation"].(int); id != 0 {
		if !visible["id_test_invitation"][id] {
			return errForbidden
		}
		if !slices.ContainsFunc(invitationChanges, o.has) {
			return fail(http.StatusBadRequest, "You can only update test_invitation_count")
		}
		return nil
	}
	targets := 0
	for _, r := range invitationReferences {
		id, given := o[r.key].(int)
		if given && !visible[r.key][id] {
			return errForbidden
		}
		if given && (r.key == "id_user" || r.key == "id_participant" || r.key == "id_device") {
			targets++
		}
	}
	for _, key := range []string{"id_test_type", "id_project", "test_invitation_expiration_date"} {
		if !o.has(key) {
			return fail(http.StatusBadRequest, "Missing "+key)
		}
	}
	if o.has("test_invitation_key") {
		return fail(http.StatusBadRequest, "Do not set test_invitation_key")
	}
	if targets != 1 {
		return fail(http.StatusBadRequest, "You must specify one of id_user, id_participant or id_device")
	}
	return nil
}

// visibleIDs tells which of these rows the caller may see.
func visibleIDs[T any](c *call, ids []int) (map[int]bool, error) {
	return store.VisibleIDs[T](c.ctx(), c.api.store, c.access(), ids)
}

// only is o with these keys alone.
func only(o object, keys []string) object {
	kept := object{}
	for _, key := range keys {
		if o.has(key) {
			kept[key] = o[key]
		}
	}
	return kept
}
