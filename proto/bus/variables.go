package bus

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrNotSet is answered for a variable that does not exist or has expired.
var ErrNotSet = errors.New("variable not set")

// maxList bounds every list: a log list grows for ever when no logging service empties it. The oldest go first.
const maxList = 10000

// Get returns the value of key, or ErrNotSet.
func (b *Bus) Get(ctx context.Context, key string) (value string, err error) {
	err = b.try(ctx, "get", safe, func(ctx context.Context) error {
		value, err = b.client.Get(ctx, key).Result()
		return err
	})
	return value, notSet(err)
}

// Take returns the value of key and deletes it, in one step: of several callers one gets the value, the others
// ErrNotSet.
func (b *Bus) Take(ctx context.Context, key string) (value string, err error) {
	err = b.try(ctx, "getdel", once, func(ctx context.Context) error {
		value, err = b.client.GetDel(ctx, key).Result()
		return err
	})
	return value, notSet(err)
}

func notSet(err error) error {
	if errors.Is(err, redis.Nil) {
		return ErrNotSet
	}
	return err
}

// Set stores value under key until it expires; expiry 0 means never.
func (b *Bus) Set(ctx context.Context, key, value string, expiry time.Duration) error {
	return b.try(ctx, "set", safe, func(ctx context.Context) error {
		return b.client.Set(ctx, key, value, expiry).Err()
	})
}

// Delete removes keys; those that do not exist are not an error.
func (b *Bus) Delete(ctx context.Context, keys ...string) error {
	if len(keys) == 0 {
		return nil
	}
	return b.try(ctx, "del", safe, func(ctx context.Context) error { return b.client.Del(ctx, keys...).Err() })
}

// Increment adds one to the number under key (0 when not set), renews its expiry and returns the sum; expiry 0 leaves
// the expiry as it is.
func (b *Bus) Increment(ctx context.Context, key string, expiry time.Duration) (n int64, err error) {
	err = b.try(ctx, "incr", once, func(ctx context.Context) error {
		var sum *redis.IntCmd
		_, err := b.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			sum = p.Incr(ctx, key)
			if expiry > 0 {
				p.Expire(ctx, key, expiry)
			}
			return nil
		})
		n = sum.Val()
		return err
	})
	return n, err
}

// AddToSet adds members to the set under key.
func (b *Bus) AddToSet(ctx context.Context, key string, members ...string) error {
	if len(members) == 0 {
		return nil
	}
	return b.try(ctx, "sadd", safe, func(ctx context.Context) error {
		return b.client.SAdd(ctx, key, values(members)...).Err()
	})
}

// RemoveFromSet removes members from the set under key; those not in it are not an error.
func (b *Bus) RemoveFromSet(ctx context.Context, key string, members ...string) error {
	if len(members) == 0 {
		return nil
	}
	return b.try(ctx, "srem", safe, func(ctx context.Context) error {
		return b.client.SRem(ctx, key, values(members)...).Err()
	})
}

// InSet reports whether member is in the set under key; a set that does not exist is empty.
func (b *Bus) InSet(ctx context.Context, key, member string) (in bool, err error) {
	err = b.try(ctx, "sismember", safe, func(ctx context.Context) error {
		in, err = b.client.SIsMember(ctx, key, member).Result()
		return err
	})
	return in, err
}

// SetMembers returns the members of the set under key, in no order.
func (b *Bus) SetMembers(ctx context.Context, key string) (members []string, err error) {
	err = b.try(ctx, "smembers", safe, func(ctx context.Context) error {
		members, err = b.client.SMembers(ctx, key).Result()
		return err
	})
	return members, err
}

// PushList appends value to the list under key, which keeps its newest 10,000 elements.
func (b *Bus) PushList(ctx context.Context, key string, value []byte) error {
	return b.try(ctx, "rpush", once, func(ctx context.Context) error {
		_, err := b.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.RPush(ctx, key, value)
			p.LTrim(ctx, key, -maxList, -1)
			return nil
		})
		return err
	})
}

func values(members []string) []any {
	v := make([]any, len(members))
	for i, m := range members {
		v[i] = m
	}
	return v
}
