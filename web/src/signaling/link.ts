import type { Address } from "./address.ts";
import { Backoff, pause } from "./backoff.ts";
import { type ClientMessage, finalReason, type Joined, type PeerState, type ServerMessage } from "./messages.ts";
import { patience, Socket } from "./socket.ts";

/** Why a session ended for this page: what the room said, or "refused" when the key no longer opens it. */
export type EndReason = "stopped" | "removed" | "replaced" | "full" | "refused" | "left";

export interface LinkHandler {
  joined(m: Joined): void;
  message(m: Exclude<ServerMessage, { type: "joined" | "ping" | "pong" | "ended" }>): void;
  /** A probe of the websocket has been answered. */
  answered(): void;
  /** The websocket is lost; the link is opening the next one by itself. Called once per loss. */
  lost(): void;
  /** Called once, last. */
  ended(reason: EndReason): void;
}

/** What this browser can. libwebrtc's nominate a path as soon as it works; Firefox would nominate all of them in turn. */
const features = /Firefox\//.test(globalThis.navigator?.userAgent ?? "") ? [] : ["ice-lite"];

/** How long a join in the address may be: a proxy takes 8 KiB of request line. */
const maxEarly = 1_000;

/** A join that lasted this long (ms) was a good one. */
const steady = 5_000;

/** How long (ms) a probe waits: some round trips, and time for a page or a room that is busy. */
const probeTime = { least: 1_000, most: 3_000, unknown: 2_200 };

/** And how long until another websocket is begun beside one that does not answer. */
const rivalTime = { least: 250, most: 1_000, unknown: 600 };

/** Between two rivals that did not open: the network may not be there yet. */
const rivalRest = 150;

/** What /status says of a key that is refused is waited for so long (ms) before the next attempt, and then beside it. */
const refusalWait = 500;

/** After so many websockets that did not open it is asked first whether the room answers at all, for so long (ms). */
const asked = { from: 3, most: 30_000 };

/** After a good join the first attempt to come back waits this long (ms) at most: not all pages of a room come at once. */
const firstWait = 100;

/**
 * Link keeps this page joined to its room: it opens the websocket, joins, and after a loss comes back with the resume
 * token, until the room says that it is over, the key is refused, or leave is called.
 */
export class Link {
  private socket: Socket | undefined;
  private rival: Socket | undefined; // beside a socket that does not answer: the first to be heard is used
  private took: number | undefined; // to open the last one that did, in ms
  private resume = "";
  private joined = false;
  private joinedAt = 0;
  private over = false;
  private announced = false; // the current loss was told
  private giveUp = false; // the PeerConnection of before: the next join is to be a fresh one
  private failures = 0; // attempts that did not open, in a row,
  private unopened = 0; // and since the network was last said to be another
  private hurry: (() => void) | undefined; // ends the wait for the next attempt
  private readonly backoff = new Backoff(200, 2_000);
  private readonly stop = new AbortController();

  constructor(
    private readonly address: Pick<Address, "socketURL" | "statusURL" | "leaveURL" | "name" | "uuid">,
    private readonly state: () => PeerState,
    private readonly handler: LinkHandler,
  ) {}

  open(): void {
    if (this.over) return;
    this.socket = this.connect(this.early());
  }

  private connect(early = ""): Socket {
    const socket: Socket = new Socket(this.address.socketURL + early, {
      open: () => this.opened(socket),
      message: (m) => this.receive(m),
      doubted: () => this.race(),
      answered: () => this.joined && socket === this.socket && this.handler.answered(),
      closed: ({ code }) => (socket === this.rival ? this.raceAgain() : void this.closed(code)),
    }, patience(this.failures, this.took));
    return socket;
  }

  /** race begins a second websocket beside the one that does not answer. */
  private race(): void {
    if (this.joined && this.socket?.silent) this.rival ??= this.connect();
  }

  /** raceAgain begins another one after a rival that did not open. */
  private raceAgain(): void {
    this.rival = undefined;
    setTimeout(() => this.race(), rivalRest);
  }

  private opened(socket: Socket): void {
    this.took = socket.took;
    if (socket === this.rival) {
      this.rival = undefined;
      if (!this.socket?.silent) return socket.close(); // the other one has answered meanwhile
      this.socket.close();
      this.socket = socket;
      this.unjoined();
    }
    this.join();
  }

  /** probe looks whether the websocket still lives, and takes it for lost without an answer; rtt is the round trip in seconds. */
  probe(rtt?: number): void {
    this.backoff.reset();
    this.unopened = 0;
    if (this.hurry) return this.hurry();
    if (rtt === undefined) return this.socket?.probe(probeTime.unknown, rivalTime.unknown);
    this.socket?.probe(Math.min(probeTime.most, probeTime.least + 4_000 * rtt), Math.min(rivalTime.most, rivalTime.least + 2_000 * rtt));
  }

  /** fresh comes back as the same peer with a new PeerConnection. */
  fresh(): void {
    if (this.over) return;
    this.giveUp = true;
    if (!this.joined) return; // it is coming back already
    this.drop();
    void this.closed(0, true);
  }

  /** send drops m while there is no joined websocket, and then returns false. */
  send(m: ClientMessage): boolean {
    if (this.joined) this.socket?.send(m);
    return this.joined;
  }

  /** leave says goodbye and ends the link with reason "left". */
  leave(): void {
    this.sayLeave();
    this.end("left");
  }

  /** goodbye is leave without telling the handler. */
  goodbye(): void {
    if (this.over) return;
    this.sayLeave();
    this.over = true;
    this.stop.abort();
    this.drop();
  }

  /**
   * sayLeave tells the room twice: what a websocket was given to send may be lost with the page, or with the frame that it is in, and
   * a beacon is not. Without a websocket it is the only word.
   */
  private sayLeave(): void {
    this.send({ type: "leave" });
    if (this.resume) navigator.sendBeacon(this.address.leaveURL, this.resume);
  }

  /** rejoin gives up the PeerConnection that the room keeps and joins anew. */
  rejoin(): void {
    if (this.over) return;
    this.send({ type: "leave" });
    this.resume = "";
    if (!this.joined) return; // it is coming back already, and now without the token
    this.drop();
    void this.closed(0, true);
  }

  private join(): void {
    this.socket?.send({ ...this.hello(), ...(this.resume ? { resume: this.resume } : {}), ...(this.resume && this.giveUp ? { fresh: true } : {}) });
  }

  private hello(): ClientMessage & { type: "join" } {
    const { name, uuid } = this.address;
    return { type: "join", protocol: 1, name, uuid, state: this.state(), features };
  }

  /**
   * early is the join as a part of the websocket's address: the room lets this page in a round trip before it can have the message.
   * Addresses land in logs, so there is no name, and of the resume token only the peer's id: a room that needs them waits for the message.
   */
  private early(): string {
    const text = JSON.stringify({ ...this.hello(), name: undefined, uuid: undefined, ...(this.resume ? { resume: this.resume.split(".", 1)[0] } : {}) });
    return text.length > maxEarly ? "" : `&join=${encodeURIComponent(text)}`;
  }

  private receive(m: ServerMessage): void {
    switch (m.type) {
      case "joined":
        this.resume = m.resume;
        this.joined = true;
        this.joinedAt = Date.now();
        this.announced = false;
        this.giveUp = false;
        this.failures = this.unopened = 0;
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
    if (!opened) {
      this.failures++;
      this.unopened++;
    }
    const reason = finalReason(code);
    if (reason) return this.end(final(reason) ?? "stopped");
    this.socket = this.rival;
    this.rival = undefined;
    this.unjoined();
    if (this.socket) return; // it is under way
    await this.wait(wanted ? 0 : good ? Math.random() * firstWait : this.backoff.delay());
    if (this.over) return;
    if (!opened && this.unopened >= asked.from) await this.reachable();
    // A room that did not let this page in may say why; one that was lost is simply tried.
    if (!opened && code !== 0) {
      const answer = this.refused().then((refused) => refused && this.end("refused"));
      await Promise.race([answer, pause(refusalWait, this.stop.signal)]);
    }
    if (!this.over && !this.socket) this.open();
  }

  /** unjoined tells the handler of a loss, once. */
  private unjoined(): void {
    this.joined = false;
    if (this.announced) return;
    this.announced = true;
    this.handler.lost();
  }

  /** drop closes all websockets; nothing more is heard of them. */
  private drop(): void {
    this.rival?.close();
    this.socket?.close();
    this.rival = undefined;
  }

  /** wait is the pause (ms) before the next attempt; probe ends it. */
  private wait(ms: number): Promise<void> {
    return this.patiently((hurry) => pause(ms, hurry));
  }

  /** patiently does what ends early when hurry is aborted, as probe and the end of everything do. */
  private async patiently(f: (hurry: AbortSignal) => Promise<void>): Promise<void> {
    const hurry = new AbortController();
    const end = (): void => hurry.abort();
    this.hurry = end;
    this.stop.signal.addEventListener("abort", end);
    await f(hurry.signal);
    this.hurry = undefined;
    this.stop.signal.removeEventListener("abort", end);
  }

  /** refused asks the room whether the key still opens it; a room that does not answer may come back. */
  private async refused(): Promise<boolean> {
    return (await this.status(4_000)) === 403;
  }

  /**
   * reachable waits until the room answers /status, or for asked.most: Firefox lets each websocket to a server wait longer after one
   * that failed, up to a minute, and not other requests.
   */
  private reachable(): Promise<void> {
    return this.patiently(async (hurry) => {
      const until = Date.now() + asked.most;
      for (let attempt = 0; !hurry.aborted && Date.now() < until; attempt++) {
        const status = await this.status(patience(attempt, this.took), hurry);
        if (status !== undefined && status < 500) return;
        await pause(this.backoff.delay(), hurry);
      }
    });
  }

  /** status is what the room answers to /status within ms; undefined: nothing. */
  private async status(ms: number, stop = this.stop.signal): Promise<number | undefined> {
    try {
      return (await fetch(this.address.statusURL, { cache: "no-store", signal: timeLimit(stop, ms) })).status;
    } catch {
      return undefined;
    }
  }

  private end(reason: EndReason): void {
    if (this.over) return;
    this.over = true;
    this.stop.abort();
    this.drop();
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
