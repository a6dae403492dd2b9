package rest

import (
	"github.com/gotera/gotera/core/store"
)

// participantList adds to the objects of participants what was asked for.
type participantList struct {
	*call
	participants []*store.Participant
	objects      []store.Object
}

func (p participantList) add() error {
	byID := p.args.first("id", "id_participant") != 0
	full := p.args.bool("full")
	projects, err := store.ByIDs[store.Project](p.ctx(), p.api.store, idsOf(p.participants, func(p *store.Participant) int { return p.ProjectID }))
	if err != nil {
		return err
	}
	if byID {
		for i, row := range p.participants {
			if project := projects[row.ProjectID]; project != nil {
				p.objects[i]["id_site"] = project.SiteID
			}
		}
	}
	if byID || full || p.args.int("id_group") != 0 {
		if err := p.addLastSessions(); err != nil {
			return err
		}
	}
	if !full {
		return nil
	}
	for i, row := range p.participants {
		if project := projects[row.ProjectID]; project != nil {
			if p.objects[i]["participant_project"], err = store.JSONOf(p.ctx(), p.api.store, store.Full, project); err != nil {
				return err
			}
		}
	}
	if err := p.addGroups(); err != nil {
		return err
	}
	return p.addDevices()
}

func (p participantList) addLastSessions() error {
	last, err := p.api.store.LastSessions(p.ctx(), idsOf(p.participants, func(p *store.Participant) int { return p.ID }))
	if err != nil {
		return err
	}
	for i, row := range p.participants {
		p.objects[i]["participant_lastsession"] = nil
		if at, ok := last[row.ID]; ok {
			p.objects[i]["participant_lastsession"] = p.api.store.Timestamp(at)
		}
	}
	return nil
}

func (p participantList) addGroups() error {
	var ids []int
	for _, row := range p.participants {
		if row.GroupID != nil {
			ids = append(ids, *row.GroupID)
		}
	}
	groups, err := store.ByIDs[store.ParticipantGroup](p.ctx(), p.api.store, ids)
	if err != nil {
		return err
	}
	for i, row := range p.participants {
		if row.GroupID == nil || groups[*row.GroupID] == nil {
			continue
		}
		if p.objects[i]["participant_participant_group"], err = store.JSONOf(p.ctx(), p.api.store, store.Full, groups[*row.GroupID]); err != nil {
			return err
		}
	}
	return nil
}

func (p participantList) addDevices() error {
	devices, err := p.api.store.DevicesOfParticipants(p.ctx(), idsOf(p.participants, func(p *store.Participant) int { return p.ID }))
	if err != nil {
		return err
	}
	all := []store.Object{}
	for i, row := range p.participants {
		lent, err := store.JSON(p.ctx(), p.api.store, store.Full, devices[row.ID]...)
		if err != nil {
			return err
		}
		p.objects[i]["participant_devices"] = lent
		all = append(all, lent...)
	}
	return p.hideDeviceTokens(all...)
}
