import type { Address } from "./address.ts";
import { Backoff, pause } from "./backoff.ts";
import { type ClientMessage, finalReason, type Joined, type PeerState, type ServerMessage } from "./messages.ts";
import { Socket } from "./socket.ts";

/** Why a session ended for this page: what the room said, or "refused" when the key no longer opens it. */
export type EndReason = "stopped" | "removed" | "replaced" | "full" | "refused" | "left";

export interface LinkHandler {
  joined(m: Joined): void;
  message(m: Exclude<ServerMessage, { type: "joined" | "ping" | "pong" | "ended" }>): void;
  /** The websocket is lost; the link is opening the next one by itself. Called once per loss. */
  lost(): void;
  /** Called once, last. */
  ended(reason: EndReason): void;
}

/** What this browser can. libwebrtc's nominate a path as soon as it works; Firefox would nominate all of them in turn. */
const features = /Firefox\//.test(globalThis.navigator?.userAgent ?? "") ? [] : ["ice-lite"];

/** A join that lasted this long (ms) was a good one. */
const steady = 5_000;

/** How long (ms) a probe waits: some round trips, and time for a page or a room that is busy. */
const probeTime = { least: 1_000, most: 3_000, unknown: 2_200 };

/** After a good join the first attempt to come back waits this long (ms) at most: not all pages of a room come at once. */
const firstWait = 100;

/**
 * Link keeps this page joined to its room: it opens the websocket, joins, and after a loss comes back with the resume
 * token, until the room says that it is over, the key is refused, or leave is called.
 */
export class Link {
  private socket: Socket | undefined;
  private resume = "";
  private joined = false;
  private joinedAt = 0;
  private over = false;
  private announced = false; // the current loss was told
  private giveUp = false; // the PeerConnection of before: the next join is to be a fresh one
  private failures = 0; // attempts that did not open, in a row
  private hurry: (() => void) | undefined; // ends the wait for the next attempt
  private readonly backoff = new Backoff(200, 2_000);
  private readonly stop = new AbortController();

  constructor(
    private readonly address: Pick<Address, "socketURL" | "statusURL" | "name" | "uuid">,
    private readonly state: () => PeerState,
    private readonly handler: LinkHandler,
  ) {}

  open(): void {
    if (this.over) return;
    this.socket = new Socket(this.address.socketURL, {
      open: () => this.join(),
      message: (m) => this.receive(m),
      closed: ({ code }) => void this.closed(code),
    }, this.failures);
  }

  /** probe looks whether the websocket still lives, and takes it for lost without an answer; rtt is the round trip in seconds. */
  probe(rtt?: number): void {
    this.backoff.reset();
    if (this.hurry) this.hurry();
    else this.socket?.probe(rtt === undefined ? probeTime.unknown : Math.min(probeTime.most, probeTime.least + 4_000 * rtt));
  }

  /** fresh comes back as the same peer with a new PeerConnection. */
  fresh(): void {
    if (this.over) return;
    this.giveUp = true;
    if (!this.joined) return; // it is coming back already
    this.socket?.close();
    void this.closed(0, true);
  }

  /** send drops m while there is no joined websocket. */
  send(m: ClientMessage): void {
    if (this.joined) this.socket?.send(m);
  }

  /** leave says goodbye and ends the link with reason "left". */
  leave(): void {
    this.send({ type: "leave" });
    this.end("left");
  }

  /** goodbye is leave without telling the handler. */
  goodbye(): void {
    this.send({ type: "leave" });
    this.over = true;
    this.stop.abort();
    this.socket?.close();
  }

  /** rejoin gives up the PeerConnection that the room keeps and joins anew. */
  rejoin(): void {
    if (this.over) return;
    this.send({ type: "leave" });
    this.resume = "";
    if (!this.joined) return; // it is coming back already, and now without the token
    this.socket?.close();
    void this.closed(0, true);
  }

  private join(): void {
    const { name, uuid } = this.address;
    this.socket?.send({
      type: "join", protocol: 1, name, uuid, state: this.state(), features,
      ...(this.resume ? { resume: this.resume } : {}), ...(this.resume && this.giveUp ? { fresh: true } : {}),
    });
  }

  private receive(m: ServerMessage): void {
    switch (m.type) {
      case "joined":
        this.resume = m.resume;
        this.joined = true;
        this.joinedAt = Date.now();
        this.announced = false;
        this.giveUp = false;
        this.failures = 0;
        this.handler.joined(m);
        break;
      case "ended": {
        const reason = final(m.reason);
        if (reason) this.end(reason);
        break; // otherwise the websocket is about to close, and closed decides
      }
      case "ping":
      case "pong":
        break; // the socket has seen it
      default:
        if (this.joined) this.handler.message(m);
    }
  }

  /** closed comes back after a loss; wanted: it was this page that ended the websocket, which works. */
  private async closed(code: number, wanted = false): Promise<void> {
    // A room that takes this page and drops it at once must not be asked again at full speed.
    const good = this.joined && Date.now() - this.joinedAt > steady;
    const opened = this.socket?.opened ?? false;
    if (good) this.backoff.reset();
    if (!opened) this.failures++;
    this.socket = undefined;
    this.joined = false;
    const reason = finalReason(code);
    if (reason) return this.end(final(reason) ?? "stopped");
    if (!this.announced) {
      this.announced = true;
      this.handler.lost();
    }
    await this.wait(wanted ? 0 : good ? Math.random() * firstWait : this.backoff.delay());
    if (this.over) return;
    // A room that did not let this page in may say why; one that was lost is simply tried.
    if (!opened && code !== 0 && (await this.refused())) return this.end("refused");
    if (!this.over) this.open();
  }

  /** wait is the pause (ms) before the next attempt; probe ends it. */
  private async wait(ms: number): Promise<void> {
    const hurry = new AbortController();
    const end = (): void => hurry.abort();
    this.hurry = end;
    this.stop.signal.addEventListener("abort", end);
    await pause(ms, hurry.signal);
    this.hurry = undefined;
    this.stop.signal.removeEventListener("abort", end);
  }

  /** refused asks the room whether the key still opens it; a room that does not answer may come back. */
  private async refused(): Promise<boolean> {
    try {
      const answer = await fetch(this.address.statusURL, { cache: "no-store", signal: timeLimit(this.stop.signal, 4000) });
      return answer.status === 403;
    } catch {
      return false;
    }
  }

  private end(reason: EndReason): void {
    if (this.over) return;
    this.over = true;
    this.stop.abort();
    this.socket?.close();
    this.handler.ended(reason);
  }
}

function final(reason: string): EndReason | undefined {
  return reason === "stopped" || reason === "removed" || reason === "replaced" || reason === "full" ? reason : undefined;
}

/** timeLimit aborts with signal, or after ms. */
function timeLimit(signal: AbortSignal, ms: number): AbortSignal {
  const both = new AbortController();
  const timer = setTimeout(() => both.abort(), ms);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    both.abort();
  });
  return both.signal;
}
