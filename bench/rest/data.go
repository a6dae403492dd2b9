package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/bcrypt"

	"github.com/gotera/gotera/proto/token"
)

//go:embed data.sql
var dataSQL string

// password is that of every user. Those whose login is timed have a hash of the usual cost, the others a cheap one: 421
// logins before the websockets open would take minutes.
const password = "Bench-Password-1"

// fill puts the rows of data.sql into a database that the core has made, and the tokens of participants and devices.
func (s *system) fill(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.dsn("opentera"))
	if err != nil {
		return err
	}
	err = fill(ctx, conn)
	return errors.Join(err, conn.Close(ctx))
}

func fill(ctx context.Context, conn *pgx.Conn) error {
	strong, err := bcrypt.GenerateFromPassword([]byte(password), 12)
	if err != nil {
		return err
	}
	weak, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		return err
	}
	hash := func(h []byte) string { return "$2b" + string(h[3:]) } // the version that passlib writes
	sql := strings.NewReplacer("{strong}", hash(strong), "{weak}", hash(weak)).Replace(dataSQL)
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("data.sql: %w", err)
	}
	if err := setTokens(ctx, conn); err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	// The sequences follow the keys, as in a database that grew.
	if _, err := conn.Exec(ctx, `DO $$ DECLARE r record; n bigint; BEGIN
		FOR r IN SELECT c.table_name, c.column_name FROM information_schema.columns c WHERE c.table_schema = 'public'
				AND c.ordinal_position = 1 AND c.table_name LIKE 't\_%' LOOP
			EXECUTE format('SELECT max(%I) FROM %I', r.column_name, r.table_name) INTO n;
			IF n IS NOT NULL THEN
				PERFORM setval(q.name, n) FROM (SELECT CASE r.table_name WHEN 't_participants_groups' THEN 'id_participantgroup_sequence'
					WHEN 't_services_access' THEN 'id_service_project_role_sequence' WHEN 't_users_groups' THEN 'id_usergroup_sequence'
					WHEN 't_users_preferences' THEN 'id_userpreference_sequence' WHEN 't_sessions_devices' THEN 'id_session_device'
					WHEN 't_sessions_participants' THEN 'id_session_participant' WHEN 't_sessions_users' THEN 'id_session_user'
					WHEN 't_sessions_events' THEN 'id_session_events_sequence' ELSE r.column_name || '_sequence' END AS name) q;
			END IF;
		END LOOP; END $$`); err != nil {
		return fmt.Errorf("sequences: %w", err)
	}
	_, err = conn.Exec(ctx, "VACUUM ANALYZE")
	return err
}

// setTokens signs the static tokens of participants and devices as the core would have.
func setTokens(ctx context.Context, conn *pgx.Conn) error {
	for _, k := range []struct {
		kind, table, setting string
		rows                 int
		sign                 func(key, uuid string, id int) (string, error)
	}{
		{"participant", "t_participants", "ParticipantTokenEncryptionKey", 5000, func(key, uuid string, id int) (string, error) {
			return token.SignParticipant(key, token.ParticipantClaims{Standard: token.Static(), ParticipantUUID: uuid, ParticipantID: id})
		}},
		{"device", "t_devices", "TokenEncryptionKey", 2000, func(key, uuid string, id int) (string, error) {
			return token.SignDevice(key, token.DeviceClaims{Standard: token.Static(), DeviceUUID: uuid, DeviceID: id})
		}},
	} {
		var key string
		err := conn.QueryRow(ctx, "SELECT server_settings_value FROM t_server_settings WHERE server_settings_name = $1", k.setting).Scan(&key)
		if err != nil {
			return err
		}
		rows, err := conn.Query(ctx, "SELECT "+k.kind+"_uuid FROM "+k.table+" ORDER BY id_"+k.kind)
		if err != nil {
			return err
		}
		uuids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		tokens := make([]string, len(uuids))
		for i, uuid := range uuids {
			if tokens[i], err = k.sign(key, uuid, i+1); err != nil {
				return err
			}
		}
		_, err = conn.Exec(ctx, "UPDATE "+k.table+" SET "+k.kind+"_token = n.t FROM (SELECT row_number() OVER () AS i, t FROM unnest($1::text[]) t) n WHERE id_"+k.kind+" = n.i", tokens)
		if err != nil {
			return err
		}
	}
	return nil
}
