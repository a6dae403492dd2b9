package store

import "time"

// Version is the last column of the tables whose rows are really deleted. VersionID is the optimistic lock: the time of
// the last write in milliseconds since 1970, always growing for one row (core.md 1.4).
type Version struct {
	VersionID int64 `bun:"version_id"`
}

// SoftVersion ends the other tables: a deleted row keeps its place and has DeletedAt (core.md 1.5).
type SoftVersion struct {
	VersionID int64      `bun:"version_id"`
	DeletedAt *time.Time `bun:"deleted_at"`
}
