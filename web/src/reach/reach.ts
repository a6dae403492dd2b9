import { signal } from "@preact/signals";
import { best, type Exchange, type Tried, tryWays } from "../media/connectivity.ts";
import type { Way } from "../media/way.ts";
import { service } from "../rehab/opentera/address.ts";
import { call } from "../rehab/opentera/call.ts";

/** What is known of the network: the way that a call will take, or that none is open, or that the test did not work. */
export interface Finding {
  best: Way | "nothing" | "unknown";
  tried: Tried[];
}

/** Another test because the network has changed comes so long (ms) after the last one, at the earliest. */
const between = 20_000;
/** A network that has just come takes a moment (ms) until everything works on it. */
const settle = 1_000;

interface NetworkInformation extends EventTarget {
  type?: string;
}

/**
 * Reach finds out, between start and stop, whether calls get through this network, and again when the network changes. The
 * last finding stays until there is a new one.
 */
export class Reach {
  readonly finding = signal<Finding | undefined>(undefined);
  readonly running = signal(false);
  private round: AbortController | undefined;
  private watch: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = 0;

  constructor(private readonly exchange: Exchange) {}

  start(): void {
    if (this.watch) return;
    this.watch = new AbortController();
    const { signal } = this.watch;
    addEventListener("online", () => this.soon(settle), { signal });
    addEventListener("offline", () => this.stopRound(), { signal });
    const network = (navigator as { connection?: NetworkInformation }).connection;
    const type = network?.type;
    let before = type;
    network?.addEventListener("change", () => {
      // Without a type it only says that something has changed, which may be an estimate.
      if (network.type === undefined || network.type !== before) this.soon(Math.max(settle, this.last + between - Date.now()));
      before = network.type;
    }, { signal });
    this.soon(0);
  }

  /** stop ends a test that is running: nothing of it is left, so that it is in nobody's way. */
  stop(): void {
    this.watch?.abort();
    this.watch = undefined;
    this.stopRound();
  }

  /** again tests now. */
  again(): void {
    if (this.watch && !this.running.value) this.soon(0);
  }

  private stopRound(): void {
    clearTimeout(this.timer);
    this.round?.abort();
    this.round = undefined;
    this.running.value = false;
  }

  private soon(ms: number): void {
    this.stopRound();
    this.timer = setTimeout(() => void this.test(), ms);
  }

  private async test(): Promise<void> {
    const round = (this.round = new AbortController());
    this.running.value = true;
    this.last = Date.now();
    const tell = (tried: Tried[]): void => {
      const found = best(tried);
      if (found) this.finding.value = { best: found, tried };
    };
    try {
      await tryWays(this.exchange, tell, round.signal);
    } catch {
      if (!round.signal.aborted) this.finding.value = { best: "unknown", tried: [] };
    }
    if (this.round === round) this.running.value = false;
  }
}

interface Answer {
  answer?: string;
  iceServers: RTCIceServer[];
}

/** exchange asks the rehab service for a test; token gives that of the participant or user at the time. */
export function exchange(token: () => string): Exchange {
  const ask = (signal: AbortSignal, offer?: string): Promise<Answer> =>
    call<Answer>(service("api/connectivity", location), {
      auth: { token: token() }, signal, timeout: 5_000, ...(offer === undefined ? {} : { method: "POST" as const, body: { offer } }),
    });
  return {
    relays: async (signal) => (await ask(signal)).iceServers ?? [],
    answer: async (offer, signal) => (await ask(signal, offer)).answer ?? "",
  };
}
