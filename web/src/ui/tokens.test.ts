import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

function colour(name: string): number[] {
  const hex = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(css)?.[1];
  assert.ok(hex, `no colour --${name}`);
  return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255);
}

/** Relative luminance and contrast, WCAG 2.2. */
function luminance(rgb: number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(colour(a)), luminance(colour(b))].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

test("text keeps 7:1, borders of controls 3:1", () => {
  const pairs: [string, string, number][] = [
    ["ink", "page", 7], ["ink", "surface", 7], ["ink", "surface-soft", 7], ["ink-soft", "surface", 7], ["ink-soft", "page", 7],
    ["ink", "accent-soft", 7], ["ink", "warn-soft", 7], ["ink", "stop-soft", 7], ["ink", "go-soft", 7],
    ["on-colour", "accent", 7], ["on-colour", "go", 7], ["on-colour", "stop", 7],
    ["go", "go-soft", 4.5], ["warn", "warn-soft", 7], ["stop", "stop-soft", 4.5], ["stop", "surface", 7], ["accent", "surface", 7],
    ["stage-ink", "stage", 7], ["stage-ink-soft", "stage", 7], ["stage-ink-soft", "tile", 7], ["stage-ink", "stage-control", 7],
    ["stage-ink", "stage-control-strong", 7],
    ["line-strong", "surface", 3], ["line-strong", "page", 3], ["focus-stage", "stage", 3], ["focus", "page", 3],
  ];
  for (const [a, b, least] of pairs) {
    const got = contrast(a, b);
    assert.ok(got >= least, `--${a} on --${b}: got ${got.toFixed(2)}, want ${least}`);
  }
});
