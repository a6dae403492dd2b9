package bwe

import "testing"

func TestReports(t *testing.T) {
	var r Reports
	if _, ok := r.Estimate(0); ok {
		t.Error("something is known before the first report")
	}
	if got, ok := r.Estimate(500_000); !ok || got != 500_000 {
		t.Errorf("with REMB alone: %d %v", got, ok)
	}
	for range 5 {
		r.Reported(100, 1, 1_000_000)
	}
	if _, ok := r.Estimate(0); ok {
		t.Error("an estimate without loss")
	}
	r.Reported(100, 20, 1_000_000)
	if got, _ := r.Estimate(0); got != 900_000 {
		t.Errorf("after 20 %% of loss at 1 Mbit/s: %d", got)
	}
	r.Reported(100, 5, 900_000)
	if got, _ := r.Estimate(0); got != 900_000 {
		t.Errorf("5 %% of loss changed it: %d", got)
	}
	if got, _ := r.Estimate(300_000); got != 300_000 {
		t.Errorf("above REMB: %d", got)
	}
	r.Reported(100, 0, 900_000)
	if got, _ := r.Estimate(0); got <= 900_000 || got > 1_000_000 {
		t.Errorf("without loss: %d", got)
	}
	for range 100 {
		r.Reported(100, 100, 60_000)
	}
	if got, _ := r.Estimate(0); got != Min {
		t.Errorf("when nothing arrives: %d", got)
	}
	r.Reported(-5, 7, 1)
	r.Reported(3, 700, 1)
	for range 100 {
		r.Reported(100, 0, 60_000)
	}
	if _, ok := r.Estimate(0); ok {
		t.Error("an old loss is remembered for ever")
	}
}
