package store

import (
	"context"
	"fmt"
	"strings"
)

// SequenceError: a new row got a key that another one has, because the sequence is behind its table, as after a restore
// without the sequences' values. Nothing was stored. See checkSequences for the remedy.
type SequenceError struct {
	Table, Sequence string
}

func (e *SequenceError) Error() string {
	return fmt.Sprintf("sequence %s is behind the keys in %s: set it to the highest key", e.Sequence, e.Table)
}

// checkSequences tells the operator which sequences would hand out keys that are taken, and what mends it. It changes
// nothing and is no reason not to start: what exists can be read.
func (s *Store) checkSequences(ctx context.Context) error {
	if !isPostgres(s.db) {
		return nil // ours: a value is taken in the transaction that uses it
	}
	var parts []string
	for _, t := range tables() {
		parts = append(parts, fmt.Sprintf("SELECT '%s' AS sequence, '%s' AS name, (SELECT max(%s) FROM %s) AS highest", t.sequence, t.name, t.key().name, t.name))
	}
	var behind []struct {
		Sequence string `bun:"sequence"`
		Table    string `bun:"name"`
		Highest  int    `bun:"highest"`
		Last     int    `bun:"last"`
	}
	// last_value is NULL before the first use, and for who may not use the sequence.
	err := s.db.NewRaw(`SELECT t.sequence, t.name, t.highest, COALESCE(q.last_value, 0) AS last FROM (`+strings.Join(parts, " UNION ALL ")+`) t
		JOIN pg_sequences q ON q.schemaname = current_schema() AND q.sequencename = t.sequence
		WHERE t.highest > COALESCE(q.last_value, 0) AND has_sequence_privilege(format('%I.%I', q.schemaname, q.sequencename), 'USAGE')
		ORDER BY t.sequence`).Scan(ctx, &behind)
	if err != nil {
		return fmt.Errorf("read sequences: %w", err)
	}
	for _, b := range behind {
		s.log.Error("sequence is behind its table: new rows will be refused", "sequence", b.Sequence, "at", b.Last, "table", b.Table,
			"highest", b.Highest, "remedy", fmt.Sprintf("SELECT setval('%s', %d)", b.Sequence, b.Highest))
	}
	return nil
}
