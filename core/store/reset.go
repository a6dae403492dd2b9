package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// ErrNotTestData: the database does not hold OpenTera's test data, so it is not emptied.
var ErrNotTestData = errors.New("the database does not hold the test data")

// Reset empties the database and fills it with the test data again, keys from 1 on; all or nothing. A database that lacks
// the accounts of the test data is left alone, in whatever mode the server runs.
func (s *Store) Reset(ctx context.Context) error {
	err := s.Write(ctx, func(tx *Tx) error {
		if err := lockSetup(ctx, tx.db); err != nil {
			return err
		}
		n, err := tx.count(ctx, "SELECT count(*) FROM t_users WHERE user_username IN ('siteadmin', 'user', 'user2', 'user3', 'user4')")
		if err != nil {
			return err
		}
		if n < 5 {
			return ErrNotTestData
		}
		for _, t := range slices.Backward(inDependencyOrder(tables())) {
			if err := tx.exec(ctx, "DELETE FROM "+t.name); err != nil {
				return err
			}
			if err := tx.restart(ctx, t.sequence); err != nil {
				return err
			}
		}
		return (&seeder{Tx: tx, test: true}).run(ctx)
	})
	if err != nil {
		return fmt.Errorf("reset: %w", err)
	}
	return nil
}

// restart makes a sequence begin with 1 again.
func (tx *Tx) restart(ctx context.Context, sequence string) error {
	if isPostgres(tx.db) {
		_, err := tx.count(ctx, "SELECT setval(?, 1, false)", sequence)
		return err
	}
	return tx.exec(ctx, "UPDATE "+sequenceTable+" SET value = 0 WHERE name = ?", sequence)
}
