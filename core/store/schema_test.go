package store_test

import (
	"testing"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/store/storetest"
)

func TestOpenEmpty(t *testing.T) {
	storetest.Each(t, func(t *testing.T, cfg configs.Database) {
		storetest.Open(t, cfg, nil)
		storetest.Open(t, cfg, nil)
	})
}
