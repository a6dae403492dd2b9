package registry

import (
	"context"
	"strings"

	"github.com/gotera/gotera/core"
)

// onlineSet is the Redis set of those who were told to be online, as kind:uuid. The next core reads it: the websockets of
// this one end with it, and somebody has to say so of those who do not come back.
const onlineSet = "UserManagerOnline"

func (k key) String() string { return string(k.kind) + ":" + k.uuid }

// remember keeps the set as it was told.
func (a *announcer) remember(ctx context.Context, k key) {
	change := a.r.bus.RemoveFromSet
	if a.r.IsOnline(k.kind, k.uuid) {
		change = a.r.bus.AddToSet
	}
	if err := change(ctx, onlineSet, k.String()); err != nil && ctx.Err() == nil {
		a.r.log.Warn("presence not remembered", "error", err)
	}
}

// forgetFormer tells that those whom the former core left online are offline, unless they are back.
func (a *announcer) forgetFormer(ctx context.Context) {
	members, err := a.r.bus.SetMembers(ctx, onlineSet)
	if err != nil {
		a.r.log.Warn("former presence not read", "error", err)
		return
	}
	for _, m := range members {
		kind, uuid, _ := strings.Cut(m, ":")
		k := key{core.Kind(kind), uuid}
		if a.r.kinds[k.kind] == nil || a.r.IsOnline(k.kind, uuid) {
			continue
		}
		if a.repeat(ctx, k) {
			a.remember(ctx, k)
		}
	}
}
