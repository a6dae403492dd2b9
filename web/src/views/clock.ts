import { signal } from "@preact/signals";

/** The time (ms, as Date.now()), once a second; components that show elapsed time read it. */
export const now = signal(Date.now());

/** startClock makes now tick. */
export function startClock(): void {
  setInterval(() => (now.value = Date.now()), 1000);
}

/** secondsSince is never negative: the server's clock may be ahead. */
export function secondsSince(ms: number): number {
  return Math.max(0, Math.floor((now.value - ms) / 1000));
}
