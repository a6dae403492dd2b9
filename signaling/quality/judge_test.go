package quality

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"
)

func TestJudge(t *testing.T) {
	for _, tt := range []struct {
		name    string
		sample  sample
		word    string
		reasons []string
	}{
		{"nothing known", sample{}, "good", nil},
		{"at the limit", fairLimits, "good", nil},
		{"some loss", sample{loss: 0.05}, "fair", []string{"loss"}},
		{"much loss, some delay", sample{loss: 0.2, rtt: 0.4}, "poor", []string{"loss"}},
		{"some of both", sample{loss: 0.05, rtt: 0.4}, "fair", []string{"loss", "rtt"}},
		{"late", sample{rtt: 0.7}, "poor", []string{"rtt"}},
		{"jitter", sample{jitter: 0.06}, "fair", []string{"jitter"}},
		{"stands still", sample{frozen: 0.5}, "poor", []string{"frozen"}},
		{"sound made up", sample{concealed: 0.1}, "fair", []string{"concealed"}},
		{"smaller picture", sample{reduced: true}, "fair", []string{"reduced"}},
		{"no picture", sample{paused: true, loss: 0.3}, "poor", []string{"loss", "paused"}},
	} {
		word, reasons := judge(tt.sample)
		if word != tt.word || !slices.Equal(reasons, tt.reasons) {
			t.Errorf("%s: got %s %v, want %s %v", tt.name, word, reasons, tt.word, tt.reasons)
		}
	}
}

func TestSteady(t *testing.T) {
	var s steady
	for i, step := range []struct{ in, want string }{
		{"poor", "poor"}, // the first counts
		{"good", "poor"}, {"good", "poor"}, {"good", "good"},
		{"poor", "good"}, {"good", "good"}, // once is nothing
		{"poor", "good"}, {"fair", "good"}, {"fair", "fair"},
		{"poor", "fair"}, {"poor", "poor"},
		{"fair", "poor"}, {"good", "poor"}, {"fair", "poor"}, {"fair", "poor"}, {"fair", "fair"},
	} {
		s.next(step.in, []string{step.in})
		if s.word != step.want {
			t.Errorf("step %d: %s after %s, want %s", i, s.word, step.in, step.want)
		}
		if s.reasons[0] != s.word {
			t.Errorf("step %d: %s with the reasons of %s", i, s.word, s.reasons[0])
		}
	}
}

// What arrives at a page is judged by the same limits.
func TestPagesHaveTheSameLimits(t *testing.T) {
	raw, err := os.ReadFile("../../web/src/media/quality.ts")
	if err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]sample{"fair": fairLimits, "poor": poorLimits} {
		found := regexp.MustCompile(`const ` + name + ` = (\{.*\});`).FindSubmatch(raw)
		want := fmt.Sprintf("{ loss: %v, rtt: %v, jitter: %v, frozen: %v, concealed: %v }", l.loss, l.rtt, l.jitter, l.frozen, l.concealed)
		if found == nil || string(found[1]) != want {
			t.Errorf("%s limits of the page are %q, want %s", name, found, want)
		}
	}
}
