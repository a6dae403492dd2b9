package report

import "math"

// Histogram holds durations by size, so that a median of hours takes little room: each step is a quarter longer than the
// one before, from 1 ms to 5 s.
type Histogram struct {
	Weights []float64 `json:"weights,omitempty"` // by step
}

const (
	firstStep = 0.001 // seconds
	growth    = 1.25
	steps     = 40 // the last one holds everything above 5 s
)

// Add counts a duration, in seconds, with a weight.
func (h *Histogram) Add(d, weight float64) {
	i := 0
	if d > firstStep {
		i = min(int(math.Log(d/firstStep)/math.Log(growth)), steps-1)
	}
	for len(h.Weights) <= i {
		h.Weights = append(h.Weights, 0)
	}
	h.Weights[i] += weight
}

// Quantile is the duration below which the share q (0 to 1) of the weight lies, within a tenth; 0 when nothing was added.
func (h *Histogram) Quantile(q float64) float64 {
	sum := 0.0
	for _, w := range h.Weights {
		sum += w
	}
	left := q * sum
	for i, w := range h.Weights {
		if left -= w; left <= 0 && w > 0 {
			return firstStep * math.Pow(growth, float64(i)+0.5)
		}
	}
	return 0
}
