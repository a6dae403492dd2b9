package store

import "context"

// owners are the optional references that assets and tests have alike.
type owners struct {
	session, device, user, participant, service *int
}

// addOwners adds <prefix>_session_name and, for each reference that is set, <prefix>_device, _user, _participant and
// _service with the name of what it refers to (core.md 1.6).
func addOwners(ctx context.Context, r *Reader, out []Object, prefix string, n int, of func(i int) owners) error {
	var sessionIDs, deviceIDs, userIDs, participantIDs, serviceIDs []int
	gather := func(ids *[]int, id *int) {
		if id != nil {
			*ids = append(*ids, *id)
		}
	}
	for i := range n {
		o := of(i)
		gather(&sessionIDs, o.session)
		gather(&deviceIDs, o.device)
		gather(&userIDs, o.user)
		gather(&participantIDs, o.participant)
		gather(&serviceIDs, o.service)
	}
	sessions, err := ByIDs[Session](ctx, r, sessionIDs)
	if err != nil {
		return err
	}
	devices, err := ByIDs[Device](ctx, r, deviceIDs)
	if err != nil {
		return err
	}
	users, err := ByIDs[User](ctx, r, userIDs)
	if err != nil {
		return err
	}
	participants, err := ByIDs[Participant](ctx, r, participantIDs)
	if err != nil {
		return err
	}
	services, err := ByIDs[Service](ctx, r, serviceIDs)
	if err != nil {
		return err
	}
	for i := range n {
		o := of(i)
		if s := at(sessions, o.session); s != nil {
			out[i][prefix+"_session_name"] = s.Name
		}
		if d := at(devices, o.device); d != nil {
			out[i][prefix+"_device"] = d.Name
		}
		if u := at(users, o.user); u != nil {
			out[i][prefix+"_user"] = u.FullName()
		}
		if p := at(participants, o.participant); p != nil {
			out[i][prefix+"_participant"] = p.Name
		}
		if s := at(services, o.service); s != nil {
			out[i][prefix+"_service"] = s.Name
		}
	}
	return nil
}
