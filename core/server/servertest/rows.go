package servertest

import (
	"testing"

	"github.com/gotera/gotera/core/store"
)

// Row reads a row of the database.
func Row[T any](t testing.TB, s *Server, id int) *T {
	t.Helper()
	row, err := store.Get[T](t.Context(), s.Store, id)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// Count is how many live rows of T have these values.
func Count[T any](t testing.TB, s *Server, where store.Columns) int {
	t.Helper()
	rows, err := store.Rows[T](t.Context(), s.Store, store.Everything(), where)
	if err != nil {
		t.Fatal(err)
	}
	return len(rows)
}

// DeviceToken is the static token of a device.
func (s *Server) DeviceToken(t testing.TB, id int) string {
	t.Helper()
	d := Row[store.Device](t, s, id)
	if d.Token == nil {
		t.Fatalf("device %d has no token", id)
	}
	return *d.Token
}

// ParticipantToken is the static token of a participant.
func (s *Server) ParticipantToken(t testing.TB, id int) string {
	t.Helper()
	p := Row[store.Participant](t, s, id)
	if p.Token == nil {
		t.Fatalf("participant %d has no token", id)
	}
	return *p.Token
}

// Change changes a row by JSON, past the core: nobody is told.
func Change[T any](t testing.TB, s *Server, id int, o store.Object) {
	t.Helper()
	err := s.Store.Write(t.Context(), func(tx *store.Tx) error {
		_, err := store.UpdateJSON[T](t.Context(), tx, id, o)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
