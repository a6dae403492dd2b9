package server_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/gotera/gotera/core/server/servertest"
	"github.com/gotera/gotera/core/store"
)

// foreign is what belongs to the second tenant of the test data alone: site 2, project 3, participant 4. The file
// service, super-administrators and device 1 are shared with the first.
type foreign struct{ session, asset, test, invitation int }

func addForeignData(t testing.TB, s *servertest.Server) (f foreign) {
	t.Helper()
	ctx := t.Context()
	keeper := servertest.Row[store.Service](t, s, 3)
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		session, err := store.InsertJSON[store.Session](ctx, tx, store.Object{"id_session_type": 4, "session_name": "foreign", "id_creator_participant": 4})
		if err != nil {
			return err
		}
		member := 4
		if err := tx.Insert(ctx, &store.SessionParticipant{SessionID: &session.ID, ParticipantID: &member}); err != nil {
			return err
		}
		asset, err := store.InsertJSON[store.Asset](ctx, tx, store.Object{"id_session": session.ID, "asset_name": "foreign", "asset_type": "text/plain",
			"asset_service_uuid": keeper.UUID, "id_service": keeper.ID, "id_user": 1, "id_device": 1, "id_participant": 4})
		if err != nil {
			return err
		}
		test, err := store.InsertJSON[store.Test](ctx, tx, store.Object{"id_session": session.ID, "id_test_type": 3, "test_name": "foreign",
			"id_service": keeper.ID, "id_user": 1, "id_device": 1, "id_participant": 4})
		if err != nil {
			return err
		}
		invitation, err := store.InsertJSON[store.TestInvitation](ctx, tx, store.Object{"id_test_type": 3, "id_project": 3, "id_participant": 4,
			"test_invitation_expiration_date": "2050-01-01T00:00:00Z"})
		if err != nil {
			return err
		}
		f = foreign{session.ID, asset.ID, test.ID, invitation.ID}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// named tells whether an object of the list has that value.
func named(list []map[string]any, key, value string) bool {
	return slices.ContainsFunc(list, func(o map[string]any) bool { return o[key] == value })
}

// signed tells whether key signed a token with HS256 (RFC 7515).
func signed(token, key string) bool {
	i := strings.LastIndexByte(token, '.')
	if i < 0 {
		return false
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(token[:i]))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) == token[i+1:]
}
