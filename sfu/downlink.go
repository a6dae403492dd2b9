package sfu

import (
	"github.com/gotera/gotera/sfu/twcc"
)

// downlink is the path to a subscriber.
type downlink struct {
	sent twcc.History
}
