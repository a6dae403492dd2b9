package store

import "github.com/uptrace/bun"

// Watch adds a hook to every statement that reads.
func Watch(s *Store, hook bun.QueryHook) { s.db = s.db.(*bun.DB).WithQueryHook(hook) }
