package store_test

import (
	"errors"
	"testing"

	"github.com/gotera/gotera/core/store"
)

// hostile are texts that must be data and nothing else.
var hostile = []string{
	`' OR '1'='1`, `\' OR 1=1 --`, `"; DROP TABLE t_users; --`, `?`, `?0 ?1 ?TableName`, `%`, `_`, `$1`, `E'\x27'`, "line\nbreak", "é𝄞漢字", "", `\`,
}

func TestHostileText(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for _, text := range hostile {
			if _, err := s.UserByUsername(ctx, text); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("username %q: got %v, want ErrNotFound", text, err)
			}
			p := insertJSON[store.Participant](t, s, store.Object{"participant_name": text, "id_project": 1, "participant_email": text})
			if got := get[store.Participant](t, s, p.ID); got.Name != text || *got.Email != text {
				t.Errorf("stored %q, read %q", text, got.Name)
			}
			if text == "" {
				continue
			}
			found, err := s.Participants(ctx, store.Everything(), store.ParticipantQuery{Name: text, NameContains: text})
			if err != nil || len(found) != 1 || found[0].ID != p.ID {
				t.Errorf("found %d for %q, %v", len(found), text, err)
			}
		}
		for _, text := range []string{"adm\x00in", "admin\x00", "\xff\xfe"} { // not even a database's own idea of them
			if u, err := s.UserByUsername(ctx, text); err == nil {
				t.Errorf("username %q is %s", text, u.Username)
			}
		}
	})
}
