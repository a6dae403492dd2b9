package rest

import (
	"errors"
	"net/http"
	"net/netip"

	"github.com/gotera/gotera/core/login"
	"github.com/gotera/gotera/core/store"
)

// testDatabaseReset puts the test data back. It is there in test mode only, needs no login, and serves programs of this
// machine alone (core.md 13.2, 35).
func (a *API) testDatabaseReset(w http.ResponseWriter, r *http.Request) {
	headers(w)
	defer a.recover(w, r)
	client, err := netip.ParseAddr(login.ClientIP(r))
	if err != nil || !client.IsLoopback() {
		write(w, http.StatusForbidden, "Forbidden")
		return
	}
	err = a.cfg.Reset(r.Context())
	switch {
	case errors.Is(err, store.ErrNotTestData):
		write(w, http.StatusForbidden, "The database does not hold the test data.")
	case err != nil:
		a.log.Error("database not reset", "error", err)
		write(w, http.StatusInternalServerError, "Database error")
	default:
		write(w, http.StatusOK, http.StatusOK)
	}
}
