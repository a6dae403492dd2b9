package bus_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gotera/gotera/proto/bus"
	"github.com/gotera/gotera/proto/bus/bustest"
)

func TestVariables(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		b, ctx := s.Open(t), within(t)
		if _, err := b.Get(ctx, "k"); !errors.Is(err, bus.ErrNotSet) {
			t.Errorf("Get before Set: got %v, want ErrNotSet", err)
		}
		value := "\x00\xff binary\r\n"
		if err := b.Set(ctx, "k", value, 0); err != nil {
			t.Fatal(err)
		}
		if got, err := b.Get(ctx, "k"); got != value || err != nil {
			t.Errorf("Get: got %q, %v, want %q", got, err, value)
		}
		if got, err := b.Take(ctx, "k"); got != value || err != nil {
			t.Errorf("Take: got %q, %v, want %q", got, err, value)
		}
		if _, err := b.Take(ctx, "k"); !errors.Is(err, bus.ErrNotSet) {
			t.Errorf("second Take: got %v, want ErrNotSet", err)
		}
		if err := errors.Join(b.Set(ctx, "a", "1", 0), b.Set(ctx, "b", "2", 0), b.Delete(ctx, "a", "b", "none"), b.Delete(ctx)); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Get(ctx, "b"); !errors.Is(err, bus.ErrNotSet) {
			t.Errorf("Get after Delete: got %v, want ErrNotSet", err)
		}
	})
}

func TestVariablesExpire(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		b, ctx := s.Open(t), within(t)
		if err := errors.Join(b.Set(ctx, "long", "x", time.Hour), b.Set(ctx, "short", "x", time.Second)); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if n, err := b.Increment(ctx, "count", time.Second); n != 1 || err != nil {
			t.Fatalf("Increment: got %d, %v, want 1", n, err)
		}
		for _, key := range []string{"short", "count"} {
			for {
				_, err := b.Get(ctx, key)
				if errors.Is(err, bus.ErrNotSet) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Millisecond)
			}
			if took := time.Since(start); took < 500*time.Millisecond {
				t.Errorf("%s expired after %v, want 1s", key, took)
			}
		}
		if _, err := b.Get(ctx, "long"); err != nil {
			t.Errorf("the long one: %v", err)
		}
	})
}

func TestTakeGivesTheValueToOne(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		b, ctx := s.Open(t), within(t)
		if err := b.Set(ctx, "k", "v", time.Minute); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		got := make(chan error, 10)
		for range cap(got) {
			wg.Go(func() { _, err := b.Take(ctx, "k"); got <- err })
		}
		wg.Wait()
		close(got)
		winners := 0
		for err := range got {
			switch {
			case err == nil:
				winners++
			case !errors.Is(err, bus.ErrNotSet):
				t.Error(err)
			}
		}
		if winners != 1 {
			t.Errorf("%d took the value, want 1", winners)
		}
	})
}

func TestSetsListsAndCounts(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		b, ctx := s.Open(t), within(t)
		if err := errors.Join(b.AddToSet(ctx, "s", "x", "y", "z"), b.RemoveFromSet(ctx, "s", "y", "none"), b.AddToSet(ctx, "s")); err != nil {
			t.Fatal(err)
		}
		members, err := b.SetMembers(ctx, "s")
		slices.Sort(members)
		if err != nil || !slices.Equal(members, []string{"x", "z"}) {
			t.Errorf("members: got %q, %v, want x, z", members, err)
		}
		for member, want := range map[string]bool{"x": true, "y": false} {
			if in, err := b.InSet(ctx, "s", member); in != want || err != nil {
				t.Errorf("%s in set: got %v, %v, want %v", member, in, err, want)
			}
		}
		if in, err := b.InSet(ctx, "none", "x"); in || err != nil {
			t.Errorf("in no set: got %v, %v", in, err)
		}
		for i := range 3 {
			if n, err := b.Increment(ctx, "n", time.Minute); n != int64(i+1) || err != nil {
				t.Errorf("Increment: got %d, %v, want %d", n, err, i+1)
			}
		}
		c := redis.NewClient(&redis.Options{Addr: s.Addr, Password: bustest.Password})
		defer c.Close()
		if ttl := c.TTL(ctx, "n").Val(); ttl < 50*time.Second || ttl > time.Minute {
			t.Errorf("expiry of the count: got %v, want 1m", ttl)
		}
		for i := range 3 {
			if err := b.PushList(ctx, "l", fmt.Appendf(nil, "%d\x00", i)); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.LPop(ctx, "l").Val(); got != "0\x00" {
			t.Errorf("first of the list: got %q, want the oldest", got)
		}
	})
}

func TestListIsBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		b, ctx := s.Open(t), within(t)
		c := redis.NewClient(&redis.Options{Addr: s.Addr, Password: bustest.Password})
		defer c.Close()
		many := make([]any, 10000)
		for i := range many {
			many[i] = i
		}
		if err := c.RPush(ctx, "l", many...).Err(); err != nil {
			t.Fatal(err)
		}
		if err := b.PushList(ctx, "l", []byte("newest")); err != nil {
			t.Fatal(err)
		}
		if got := c.LLen(ctx, "l").Val(); got != 10000 {
			t.Errorf("length: got %d, want 10000", got)
		}
		if got := c.LIndex(ctx, "l", 0).Val() + " " + c.LIndex(ctx, "l", -1).Val(); got != "1 newest" {
			t.Errorf("first and last: got %s, want 1 newest", got)
		}
	})
}

func TestNameDatabaseAndUser(t *testing.T) {
	onBoth(t, func(t *testing.T, s *bustest.Server) {
		cfg := s.Config()
		cfg.DB, cfg.Username, cfg.Name = 3, "default", "gotera réhab"
		b := bus.Open(cfg)
		defer b.Close()
		ctx := within(t)
		if err := b.Set(ctx, "k", "v", 0); err != nil {
			t.Fatal(err)
		}
		arrived, _ := collect(t, b, "a")
		publish(t, s.Open(t), "a", "") // topics have no database
		next(t, arrived)
		c := redis.NewClient(&redis.Options{Addr: s.Addr, Password: bustest.Password, DB: 3})
		defer c.Close()
		if got := c.Get(ctx, "k").Val(); got != "v" {
			t.Errorf("in database 3: got %q, want v", got)
		}
		// The embedded one takes the name, and has no list.
		if list, err := c.ClientList(ctx).Result(); err == nil && !strings.Contains(list, "name=gotera-r-hab ") {
			t.Errorf("clients: got %s, want the name", list)
		}
	})
}
