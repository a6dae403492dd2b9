package rest

import (
	"github.com/gotera/gotera/core/registry"
	"github.com/gotera/gotera/core/store"
)

// deviceList adds to the objects of devices what was asked for.
type deviceList struct {
	*call
	devices []*store.Device
	objects []store.Object
	ids     []int
}

func (d deviceList) addParticipants() error {
	all, err := d.api.store.ParticipantsOfDevices(d.ctx(), d.ids)
	if err != nil {
		return err
	}
	ids := []int{}
	for _, people := range all {
		ids = append(ids, idsOf(people, func(p *store.Participant) int { return p.ID })...)
	}
	visible, err := d.api.store.Participants(d.ctx(), d.access(), store.ParticipantQuery{IDs: ids})
	if err != nil {
		return err
	}
	known := map[int]bool{}
	for _, p := range visible {
		known[p.ID] = true
	}
	projects, err := store.ByIDs[store.Project](d.ctx(), d.api.store, idsOf(visible, func(p *store.Participant) int { return p.ProjectID }))
	if err != nil {
		return err
	}
	for i, id := range d.ids {
		list := []object{}
		for _, p := range all[id] {
			if !known[p.ID] {
				continue
			}
			o := object{"id_participant": p.ID, "participant_name": p.Name, "id_project": p.ProjectID}
			if project := projects[p.ProjectID]; project != nil && !d.args.bool("list") {
				o["project_name"] = project.Name
			}
			list = append(list, o)
		}
		d.objects[i]["device_participants"] = list
	}
	return nil
}

func (d deviceList) addSites() error {
	all, err := d.api.store.SitesOfDevices(d.ctx(), d.ids)
	if err != nil {
		return err
	}
	ids := []int{}
	for _, sites := range all {
		ids = append(ids, idsOf(sites, func(s *store.Site) int { return s.ID })...)
	}
	known, err := store.Among[store.Site](d.ctx(), d.api.store, d.access(), ids)
	if err != nil {
		return err
	}
	for i, id := range d.ids {
		sites := []*store.Site{}
		for _, s := range all[id] {
			if known[s.ID] {
				sites = append(sites, s)
			}
		}
		list, err := store.JSON(d.ctx(), d.api.store, store.Full, sites...)
		if err != nil {
			return err
		}
		if d.args.bool("list") {
			for _, o := range list {
				delete(o, "site_name")
			}
		}
		d.objects[i]["device_sites"] = list
	}
	return nil
}

func (d deviceList) addProjects() error {
	links, err := store.Rows[store.DeviceProject](d.ctx(), d.api.store, d.access(), store.Columns{"id_device": d.ids})
	if err != nil {
		return err
	}
	all := map[int][]*store.DeviceProject{}
	for _, l := range links {
		all[l.DeviceID] = append(all[l.DeviceID], l)
	}
	projects, err := store.Rows[store.Project](d.ctx(), d.api.store, d.access(),
		store.Columns{"id_project": idsOf(links, func(l *store.DeviceProject) int { return l.ProjectID })})
	if err != nil {
		return err
	}
	rendered, err := store.JSON(d.ctx(), d.api.store, store.Full, projects...)
	if err != nil {
		return err
	}
	known := map[int]store.Object{}
	for i, p := range projects {
		known[p.ID] = rendered[i]
	}
	for i, id := range d.ids {
		list := []store.Object{}
		for _, link := range all[id] {
			project, ok := known[link.ProjectID]
			if !ok {
				continue
			}
			o := store.Object{"id_device_project": link.ID, "id_device": link.DeviceID, "id_project": link.ProjectID}
			if !d.args.bool("list") {
				o["project"] = project
			}
			list = append(list, o)
		}
		d.objects[i]["device_projects"] = list
	}
	return nil
}

func (d deviceList) addSubtypes() error {
	var ids []int
	for _, dev := range d.devices {
		if dev.SubtypeID != nil {
			ids = append(ids, *dev.SubtypeID)
		}
	}
	subtypes, err := store.ByIDs[store.DeviceSubtype](d.ctx(), d.api.store, ids)
	if err != nil {
		return err
	}
	for i, dev := range d.devices {
		if dev.SubtypeID == nil || subtypes[*dev.SubtypeID] == nil {
			continue
		}
		if d.objects[i]["device_subtype"], err = store.JSONOf(d.ctx(), d.api.store, store.Full, subtypes[*dev.SubtypeID]); err != nil {
			return err
		}
	}
	return nil
}

func (d deviceList) addStatus() error {
	status := d.api.reg.Devices()
	for i, dev := range d.devices {
		addDeviceStatus(d.objects[i], dev.UUID, status)
	}
	return nil
}

// addDeviceStatus adds device_online, device_busy and device_status, null for a device that is neither.
func addDeviceStatus(o store.Object, uuid string, status map[string]registry.DeviceStatus) {
	s, ok := status[uuid]
	o["device_online"], o["device_busy"], o["device_status"] = s.Online, s.Busy, nil
	if ok {
		o["device_status"] = s
	}
}
