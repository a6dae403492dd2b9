package registry

import (
	"context"
	"errors"
	"strings"

	"github.com/gotera/gotera/core"
)

// onlineSet is the Redis set of those who were told to be online, as kind:uuid. The next core reads it: the websockets of
// this one end with it, and somebody has to say so of those who do not come back.
const onlineSet = "UserManagerOnline"

func (k key) String() string { return string(k.kind) + ":" + k.uuid }

// remember notes who is told to be online, or was told not to be any more. It reports whether Redis took that.
func (a *announcer) remember(ctx context.Context, k key, online bool) bool {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	change := a.r.bus.RemoveFromSet
	if online {
		change = a.r.bus.AddToSet
	}
	err := change(ctx, onlineSet, k.String())
	if err != nil && !errors.Is(err, context.Canceled) {
		a.r.log.Warn("presence not remembered", "error", err)
	}
	return err == nil
}

// rememberAll notes who is online now: a Redis that was restarted may have forgotten it. If it is lost again it comes back again.
func (a *announcer) rememberAll(ctx context.Context) {
	for _, kind := range kinds {
		for _, uuid := range a.r.Online(kind) {
			if !a.remember(ctx, key{kind, uuid}, true) {
				return
			}
		}
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
		a.repeat(ctx, k)
	}
}
