package server_test

import (
	"os"
	"testing"

	"github.com/gotera/gotera/core/server/servertest"
)

// TestMain makes the test program a core of its own when it is started as one.
func TestMain(m *testing.M) {
	servertest.Main()
	os.Exit(m.Run())
}
