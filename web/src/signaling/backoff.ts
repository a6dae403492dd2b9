/** Waits between attempts grow from first to most, in milliseconds, each shortened at random by up to a third. */
export class Backoff {
  private next: number;

  constructor(
    private readonly first = 200,
    private readonly most = 3000,
    private readonly random: () => number = Math.random,
  ) {
    this.next = first;
  }

  /** delay returns how long to wait before the next attempt. Peers that lost one room do not come back all at once. */
  delay(): number {
    const now = this.next;
    this.next = Math.min(this.most, now * 1.8);
    return Math.round(now * (1 - this.random() / 3));
  }

  reset(): void {
    this.next = this.first;
  }
}

/** pause waits for some milliseconds; an aborted signal ends it at once, without an error. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done);
  });
}
