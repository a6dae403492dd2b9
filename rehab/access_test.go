package rehab

import (
	"context"
	"errors"
	"log/slog"
	"testing"
)

// A question that failed is asked again, and one whose page has gone is answered all the same.
func TestAccessRemembersAnswersOnly(t *testing.T) {
	fail := errors.New("the core does not answer")
	a := newAccess(func(ctx context.Context, _ string) (map[string]bool, error) {
		if fail != nil {
			return nil, fail
		}
		return map[string]bool{"part-1": true}, ctx.Err()
	}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := a.participants(ctx, "user-7"); len(got) != 0 {
		t.Errorf("a failed question was answered with %v", got)
	}
	fail = nil
	if !a.participants(ctx, "user-7")["part-1"] {
		t.Error("the failure is remembered, or the question ended with its page")
	}
	fail = errors.New("down again")
	if !a.participants(ctx, "user-7")["part-1"] {
		t.Error("the answer is forgotten")
	}
}
