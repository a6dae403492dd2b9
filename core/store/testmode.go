package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/gotera/gotera/core"
)

// OpenTera's test data (core.md 2.2). The keys are those of a fresh database: rows are made in the order of the page.

func (d *seeder) projects(ctx context.Context) error {
	for _, p := range []*Project{
		{SiteID: 1, Name: "Default Project #1", Enabled: true},
		{SiteID: 1, Name: "Default Project #2", Enabled: true},
		{SiteID: 2, Name: "Secret Project #1", Enabled: true},
	} {
		if err := d.Insert(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (d *seeder) deviceTypes(ctx context.Context) error {
	return d.add(ctx,
		&DeviceType{Name: "Vidéoconférence", Key: "videoconference"},
		&DeviceType{Name: "Capteur", Key: "capteur"},
		&DeviceType{Name: "Robot", Key: "robot"},
		&DeviceType{Name: "Bureau Actif", Key: "bureau_actif"},
	)
}

func (d *seeder) serviceProjects(ctx context.Context) error {
	return d.add(ctx,
		&ServiceProject{ServiceID: 3, ProjectID: 1},
		&ServiceProject{ServiceID: 6, ProjectID: 1},
		&ServiceProject{ServiceID: 3, ProjectID: 2},
		&ServiceProject{ServiceID: 3, ProjectID: 3},
	)
}

func (d *seeder) testServiceSites(ctx context.Context) error {
	return d.add(ctx,
		&ServiceSite{ServiceID: 6, SiteID: 1},
		&ServiceSite{ServiceID: 3, SiteID: 1},
		&ServiceSite{ServiceID: 2, SiteID: 1},
		&ServiceSite{ServiceID: 3, SiteID: 2},
	)
}

func (d *seeder) participantGroups(ctx context.Context) error {
	return d.add(ctx,
		&ParticipantGroup{ProjectID: 1, Name: "Default Participant Group A"},
		&ParticipantGroup{ProjectID: 2, Name: "Default Participant Group B"},
	)
}

func (d *seeder) userGroups(ctx context.Context) error {
	for _, name := range []string{"Users - Projects 1 & 2", "Admins - Project 1", "Admins - Default Site", "Users - Project 1", "No access!"} {
		if err := d.add(ctx, &UserGroup{Name: name}); err != nil {
			return err
		}
	}
	for _, a := range [][2]int{{1, 18}, {1, 20}, {3, 13}, {2, 17}, {4, 18}} { // group, role
		if err := d.add(ctx, &ServiceAccess{UserGroupID: &a[0], RoleID: a[1]}); err != nil {
			return err
		}
	}
	return nil
}

func (d *seeder) participants(ctx context.Context) error {
	hash, err := d.hash("opentera")
	if err != nil {
		return err
	}
	first := &Participant{
		Name: "Participant #1", ProjectID: 1, GroupID: ptr(1), Email: ptr("x@opentera.org"), Username: ptr("participant1"),
		Password: &hash, Enabled: true, LoginEnabled: true, TokenEnabled: true,
	}
	secret := &Participant{Name: "Secret Participant", ProjectID: 3, Enabled: true, TokenEnabled: true}
	for _, p := range []*Participant{
		first,
		{Name: "Participant #2", ProjectID: 1},
		{Name: "Participant #3", ProjectID: 1, Enabled: true, TokenEnabled: true},
		secret,
	} {
		p.UUID = uuid.NewString()
		if err := d.add(ctx, p); err != nil {
			return err
		}
	}
	for _, p := range []*Participant{first, secret} { // the third has none, though it is enabled
		if p.Token, err = p.newToken(ctx, d.Tx); err != nil {
			return err
		}
		if err := d.Update(ctx, p, "participant_token"); err != nil {
			return err
		}
	}
	return nil
}

func (d *seeder) testUsers(ctx context.Context) error {
	for _, u := range []*User{
		{Username: "admin", FirstName: "Super", LastName: "Admin", Email: ptr("admin@opentera.org"), SuperAdmin: true},
		{Username: "siteadmin", FirstName: "Site", LastName: "Admin"},
		{Username: "user", FirstName: "Site", LastName: "User"},
		{Username: "user2", FirstName: "MultiSite", LastName: "User"},
		{Username: "user3", FirstName: "Project", LastName: "Admin"},
		{Username: "user4", FirstName: "No Access", LastName: "User!", Email: ptr("noaccess@opentera.org")},
	} {
		hash, err := d.hash(u.Username)
		if err != nil {
			return err
		}
		u.UUID, u.Password, u.Enabled = uuid.NewString(), hash, true
		if err := d.add(ctx, u); err != nil {
			return err
		}
	}
	for _, m := range [][2]int{{2, 3}, {3, 1}, {4, 4}, {4, 3}, {5, 2}} { // user, group
		if err := d.add(ctx, &UserUserGroup{UserID: m[0], UserGroupID: m[1]}); err != nil {
			return err
		}
	}
	return d.add(ctx,
		&UserPreference{UserID: 1, AppTag: "openteraplus", Preference: `{"language": "fr", "notification_sounds": true}`},
		&UserPreference{UserID: 2, AppTag: "openteraplus", Preference: `{"language": "en", "notification_sounds": false}`},
		&UserPreference{UserID: 1, AppTag: "anotherapp", Preference: `{"gui_style": 1, "auto_save": false}`},
	)
}

func (d *seeder) devices(ctx context.Context) error {
	for _, v := range []*Device{
		{Name: "Apple Watch #W05P1", UUID: "b707e0b2-e649-47e7-a938-2b949c423f73", TypeID: 2, Enabled: true, Onlineable: true},
		{Name: "Kit Télé #1", UUID: uuid.NewString(), TypeID: 1, Enabled: true, Onlineable: true},
		{Name: "Robot A", UUID: uuid.NewString(), TypeID: 3, Onlineable: true},
	} {
		if err := d.Insert(ctx, v); err != nil {
			return err
		}
	}
	return d.add(ctx,
		&DeviceProject{DeviceID: 1, ProjectID: 1},
		&DeviceProject{DeviceID: 2, ProjectID: 1},
		&DeviceProject{DeviceID: 1, ProjectID: 3},
		&DeviceParticipant{DeviceID: 1, ParticipantID: 1},
		&DeviceParticipant{DeviceID: 1, ParticipantID: 2},
		&DeviceParticipant{DeviceID: 2, ParticipantID: 2},
		&ServiceAccess{UserGroupID: ptr(4), RoleID: 7},
		&ServiceAccess{UserGroupID: ptr(2), RoleID: 1},
		&ServiceAccess{DeviceID: ptr(1), RoleID: 8},
		&ServiceAccess{ParticipantGroupID: ptr(1), RoleID: 2},
		&DeviceSubtype{TypeID: 4, Name: "Bureau modèle #1"},
		&DeviceSubtype{TypeID: 4, Name: "Bureau modèle #2"},
	)
}

func (d *seeder) testDeviceSites(ctx context.Context) error {
	return d.add(ctx, &DeviceSite{DeviceID: 1, SiteID: 1}, &DeviceSite{DeviceID: 2, SiteID: 1}, &DeviceSite{DeviceID: 1, SiteID: 2})
}

func (d *seeder) sessionTypes(ctx context.Context) error {
	rows := []Row{
		&SessionType{Name: "Suivi vidéo", ServiceID: ptr(6), Online: true, Color: "#00FF00", Category: core.CategoryService, Config: ptr("")},
		&SessionType{Name: "Données Capteur", Color: "#0000FF", Category: core.CategoryFileTransfer, Config: ptr("")},
		&SessionType{Name: "Collecte données", Online: true, Color: "#00FFFF", Category: core.CategoryDataCollect, Config: ptr("")},
		&SessionType{Name: "Exercices individuels", Color: "#FF00FF", Category: core.CategoryProtocol, Config: ptr("")},
		&SessionType{Name: "FileTransfer", ServiceID: ptr(3), Color: "#FF00FF", Category: core.CategoryService, Config: ptr("")},
	}
	for t := 1; t <= 4; t++ {
		rows = append(rows, &SessionTypeProject{SessionTypeID: t, ProjectID: 1})
	}
	return d.add(ctx, append(rows, &SessionTypeProject{SessionTypeID: 5, ProjectID: 2})...)
}

func (d *seeder) testSessionTypeSites(ctx context.Context) error {
	var rows []Row
	for t := 1; t <= 5; t++ {
		rows = append(rows, &SessionTypeSite{SessionTypeID: t, SiteID: 1})
	}
	return d.add(ctx, append(rows, &SessionTypeSite{SessionTypeID: 4, SiteID: 2})...)
}

func (d *seeder) sessionTypeServices(ctx context.Context) error {
	return d.add(ctx, &SessionTypeService{SessionTypeID: 3, ServiceID: 3})
}

func (d *seeder) serviceConfigs(ctx context.Context) error {
	return d.add(ctx,
		&ServiceConfig{UserID: ptr(1), ServiceID: 1, Config: `{"notification_sounds": true}`},
		&ServiceConfig{ParticipantID: ptr(1), ServiceID: 6, Config: `{"default_muted": false, "view_local": true}`},
		&ServiceConfigSpecific{ConfigID: 2, Specific: "pc-001", Config: `{"default_muted": true}`},
		&ServiceConfigSpecific{ConfigID: 2, Specific: "pc-002", Config: `{"default_muted": true, "view_local": false}`},
		&ServiceConfig{DeviceID: ptr(1), ServiceID: 6, Config: `{"delete_from_device": true}`},
	)
}
