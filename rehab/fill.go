package rehab

import "slices"

// OpenTera's core fills any list that a client leaves out with all members that the row has, for every action (rehab.md
// 3). Taken literally, "remove me" removes everybody and "invite her" brings back people who were removed. What a client
// wrote is told from what the core added by two signs; where both are silent the lists are taken as they are.
//
//  1. The core appends: lists that come after the fields it always adds, while another list comes before them, are its.
//  2. A filled list is exactly the row's list. It is the core's if another list is not of that sort.

// unfilled drops the lists that the core seems to have added to a remove or an invite.
func (r *request) unfilled(everybody, active func(kind string) []string) {
	for _, kind := range kinds { // an empty list where there are members: this client writes all three
		if list, sent := r.lists[kind]; sent && len(list) == 0 && len(everybody(kind)) > 0 {
			return
		}
	}
	if own := r.beforeCore(); len(own) > 0 {
		for _, kind := range kinds {
			if !own[kind] && same(r.lists[kind], everybody(kind)) {
				delete(r.lists, kind)
			}
		}
		return
	}
	suspect := map[string]bool{}
	certain := false
	for _, kind := range kinds {
		switch list := r.lists[kind]; {
		case len(list) == 0:
		case same(list, everybody(kind)):
			suspect[kind] = true
		default:
			certain = true
		}
	}
	if !certain && r.action == "remove" && len(suspect) > 1 {
		// Somebody who has members nobody listed by hand any more: a list with people who are gone already is the core's.
		for kind := range suspect {
			certain = certain || same(r.lists[kind], active(kind))
		}
		for kind := range suspect {
			if certain && same(r.lists[kind], active(kind)) {
				delete(suspect, kind)
			}
		}
	}
	if certain {
		for kind := range suspect {
			delete(r.lists, kind)
		}
	}
}

// beforeCore are the kinds whose lists come before the fields that the core appends.
func (r *request) beforeCore() map[string]bool {
	boundary := max(slices.Index(r.order, "id_creator_user"), slices.Index(r.order, "id_session_type"))
	own := map[string]bool{}
	for _, kind := range kinds {
		if i := slices.Index(r.order, "session_"+kind+"s"); i >= 0 && i < boundary {
			own[kind] = true
		}
	}
	if len(own) == len(r.lists) {
		return nil // nothing comes after: no sign
	}
	return own
}

// same reports whether two lists hold the same, in any order.
func same(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
}
