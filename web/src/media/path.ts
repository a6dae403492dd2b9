import { Backoff } from "../signaling/backoff.ts";

export interface PathActions {
  /** Restart ICE: look for a new network path for the same connection. */
  restart(): void;
  /** Give the connection up and join again with a new one. */
  rejoin(): void;
}

/** How long (ms) a connection may look for a path before it is helped: restarted first, then replaced. */
const patience = { disconnected: 2_500, connecting: 10_000, restarted: 7_000 };

/**
 * Path watches the state of the media connection while the websocket is fine, and helps when pictures and sound do not
 * get through: first an ICE restart, then a new connection, with growing waits between these.
 */
export class Path {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private restarted = false;
  private readonly backoff = new Backoff(2_000, 30_000);

  constructor(private readonly actions: PathActions) {}

  state(state: RTCPeerConnectionState): void {
    switch (state) {
      case "connected":
        this.stop();
        this.backoff.reset();
        return;
      case "failed":
        return this.after(0);
      case "disconnected":
        return this.after(patience.disconnected);
      case "connecting":
        if (!this.timer) this.after(patience.connecting);
        return;
      default:
        return this.stop();
    }
  }

  /** resumed is called when the websocket is back: whatever ended it may have ended the media's path too. */
  resumed(state: RTCPeerConnectionState): void {
    this.stop();
    if (state === "disconnected" || state === "failed") this.after(0);
    else this.state(state);
  }

  /** broken is called when the two ends no longer agree about the connection: only a new one helps. */
  broken(): void {
    this.restarted = true;
    this.after(0);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.restarted = false;
  }

  private after(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.help(), ms);
  }

  private help(): void {
    if (!this.restarted) {
      this.restarted = true;
      this.actions.restart();
      this.timer = setTimeout(() => this.help(), patience.restarted);
      return;
    }
    this.timer = setTimeout(() => {
      this.stop();
      this.actions.rejoin();
    }, this.backoff.delay());
  }
}
