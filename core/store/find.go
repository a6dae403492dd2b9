package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/gotera/gotera/core"
)

// These find one live row by a natural key, enabled or not; ErrNotFound if there is none. By primary key: Get.

func (r *Reader) UserByUsername(ctx context.Context, name string) (*User, error) {
	return one[User](ctx, r, "user_username", name)
}

func (r *Reader) UserByUUID(ctx context.Context, uuid string) (*User, error) {
	return one[User](ctx, r, "user_uuid", uuid)
}

func (r *Reader) ParticipantByUUID(ctx context.Context, uuid string) (*Participant, error) {
	return one[Participant](ctx, r, "participant_uuid", uuid)
}

func (r *Reader) ParticipantByUsername(ctx context.Context, name string) (*Participant, error) {
	return one[Participant](ctx, r, "participant_username", name)
}

// ParticipantByToken finds the participant whose static token this is; whether it may be used now is up to the caller
// (participant_enabled, participant_token_enabled).
func (r *Reader) ParticipantByToken(ctx context.Context, token string) (*Participant, error) {
	return one[Participant](ctx, r, "participant_token", token)
}

func (r *Reader) DeviceByUUID(ctx context.Context, uuid string) (*Device, error) {
	return one[Device](ctx, r, "device_uuid", uuid)
}

func (r *Reader) DeviceByToken(ctx context.Context, token string) (*Device, error) {
	return one[Device](ctx, r, "device_token", token)
}

func (r *Reader) ServiceByUUID(ctx context.Context, uuid string) (*Service, error) {
	return one[Service](ctx, r, "service_uuid", uuid)
}

func (r *Reader) ServiceByKey(ctx context.Context, key string) (*Service, error) {
	return one[Service](ctx, r, "service_key", key)
}

func (r *Reader) SessionByUUID(ctx context.Context, uuid string) (*Session, error) {
	return one[Session](ctx, r, "session_uuid", uuid)
}

func (r *Reader) AssetByUUID(ctx context.Context, uuid string) (*Asset, error) {
	return one[Asset](ctx, r, "asset_uuid", uuid)
}

func (r *Reader) TestByUUID(ctx context.Context, uuid string) (*Test, error) {
	return one[Test](ctx, r, "test_uuid", uuid)
}

func (r *Reader) TestTypeByUUID(ctx context.Context, uuid string) (*TestType, error) {
	return one[TestType](ctx, r, "test_type_uuid", uuid)
}

// DeviceTypeByKey finds a device type, such as "videoconference".
func (r *Reader) DeviceTypeByKey(ctx context.Context, key string) (*DeviceType, error) {
	return one[DeviceType](ctx, r, "device_type_key", key)
}

// EnabledServices lists the services whose variable belongs in Redis (core.md 9.1).
func (r *Reader) EnabledServices(ctx context.Context) ([]*Service, error) {
	return list[Service](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("service_enabled") })
}

// UUIDs returns the UUIDs of the live accounts of a kind with these keys, by key.
func (r *Reader) UUIDs(ctx context.Context, kind core.Kind, ids []int) (map[int]string, error) {
	found := map[int]string{}
	var err error
	switch kind {
	case core.KindUser:
		var rows map[int]*User
		rows, err = ByIDs[User](ctx, r, ids)
		for id, row := range rows {
			found[id] = row.UUID
		}
	case core.KindParticipant:
		var rows map[int]*Participant
		rows, err = ByIDs[Participant](ctx, r, ids)
		for id, row := range rows {
			found[id] = row.UUID
		}
	case core.KindDevice:
		var rows map[int]*Device
		rows, err = ByIDs[Device](ctx, r, ids)
		for id, row := range rows {
			found[id] = row.UUID
		}
	}
	return found, err
}

// DeviceSubtypeByName finds a subtype of a device type.
func (r *Reader) DeviceSubtypeByName(ctx context.Context, deviceType int, name string) (*DeviceSubtype, error) {
	rows, err := list[DeviceSubtype](ctx, r, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("id_device_type = ? AND device_subtype_name = ?", deviceType, name).Limit(1)
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, ErrNotFound
	}
	return rows[0], nil
}

// IDs returns the keys of the live accounts of a kind with these uuids, by uuid.
func (r *Reader) IDs(ctx context.Context, kind core.Kind, uuids []string) (map[string]int, error) {
	found := make(map[string]int, len(uuids))
	if len(uuids) == 0 {
		return found, nil
	}
	var rows []struct {
		UUID string `bun:"uuid"`
		ID   int    `bun:"id"`
	}
	uuid := bun.Ident(string(kind) + "_uuid")
	err := r.db.NewRaw("SELECT ? AS uuid, ? AS id FROM ? WHERE deleted_at IS NULL AND ? IN (?)", uuid, bun.Ident("id_"+string(kind)),
		bun.Ident("t_"+string(kind)+"s"), uuid, bun.List(uuids)).Scan(ctx, &rows)
	for _, row := range rows {
		found[row.UUID] = row.ID
	}
	return found, translate(err)
}
