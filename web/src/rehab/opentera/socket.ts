import { Backoff, pause } from "../../signaling/backoff.ts";
import { CallError } from "./call.ts";
import { type CoreEvent, parse } from "./events.ts";

export interface CoreSocketHandler {
  /** The websocket is open; presence may have changed since the last one. */
  open(): void;
  event(e: CoreEvent): void;
  /** It is lost, and the next one is being opened. Called once per loss. */
  lost(): void;
  /** Somebody else logged in with this account and closed it. Called last, no websocket follows. */
  taken(): void;
  /** The server refuses another one. Called last. */
  refused(error: CallError): void;
}

/** What CoreSocket uses of a WebSocket. */
export interface Wire {
  onopen: (() => void) | null;
  onmessage: ((e: { data: unknown }) => void) | null;
  onclose: ((e: { code: number }) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

/** Close code of OpenTera's command to disconnect a client. */
const closedByOther = 4000;

/** A word is sent this often (ms) to learn whether the connection lives; the answer has to come within patience. */
const pingEvery = 15_000;
const patience = 6_000;
const maxOpening = 8_000;

/**
 * CoreSocket keeps one of OpenTera's websockets open. Each opening needs an address of its own, good for one use: next
 * asks the server for it. Lost connections are opened again after growing waits, at once when the network comes back.
 */
export class CoreSocket {
  private wire: Wire | undefined;
  private over = false;
  private announced = false; // the current loss was told
  private readonly backoff: Backoff;
  private readonly stop = new AbortController();
  private waiting = new AbortController();
  private pings: ReturnType<typeof setInterval> | undefined;
  private dead: ReturnType<typeof setTimeout> | undefined;
  private answers = false; // this server answers what we send

  constructor(
    private readonly next: (signal: AbortSignal) => Promise<string>,
    private readonly handler: CoreSocketHandler,
    private readonly make: (url: string) => Wire = (url) => new WebSocket(url) as Wire,
    backoff = new Backoff(300, 8_000),
  ) {
    this.backoff = backoff;
  }

  /** open uses the address that a login has just given, or asks for one. */
  open(url?: string): void {
    if (url) this.connect(url);
    else void this.again(false);
  }

  /** hurry ends the current wait: the network is back, or the page is looked at again. */
  hurry(): void {
    this.backoff.reset();
    this.waiting.abort();
  }

  /** check finds out now whether the connection is alive (the computer may have slept). */
  check(): void {
    if (this.wire) this.ping();
    else this.hurry();
  }

  /** close ends it for good; the handler hears nothing more. */
  close(): void {
    this.over = true;
    this.quiet();
    this.stop.abort();
    this.waiting.abort();
    this.drop();
  }

  private connect(url: string): void {
    if (this.over) return;
    const wire = this.make(url);
    this.wire = wire;
    this.dead = setTimeout(() => this.closed(wire, 0), maxOpening);
    wire.onopen = () => {
      if (this.wire !== wire) return;
      this.quiet();
      this.backoff.reset();
      this.announced = false;
      this.answers = false;
      this.pings = setInterval(() => this.ping(), pingEvery);
      this.ping();
      this.handler.open();
    };
    wire.onmessage = (e) => this.received(wire, e.data);
    wire.onclose = (e) => this.closed(wire, e.code);
  }

  private received(wire: Wire, data: unknown): void {
    if (this.wire !== wire || typeof data !== "string") return;
    clearTimeout(this.dead);
    this.dead = undefined;
    if (!data.startsWith("{")) this.answers = true; // "Not allowed to send message", in words
    for (const e of parse(data)) this.handler.event(e);
  }

  /** ping sends a word: OpenTera answers whatever a client says, so silence means that the connection is dead. */
  private ping(): void {
    const wire = this.wire;
    if (!wire || this.dead) return;
    try {
      wire.send("ping");
    } catch {
      return; // still opening
    }
    if (this.answers) this.dead = setTimeout(() => this.closed(wire, 0), patience);
  }

  private closed(wire: Wire, code: number): void {
    if (this.wire !== wire || this.over) return;
    this.quiet();
    this.drop();
    if (code === closedByOther) {
      this.over = true;
      return this.handler.taken();
    }
    void this.again(true);
  }

  private async again(wait: boolean): Promise<void> {
    if (!this.announced) {
      this.announced = true;
      this.handler.lost();
    }
    while (!this.over) {
      if (wait) await this.rest();
      if (this.over) return;
      try {
        return this.connect(await this.next(this.stop.signal));
      } catch (error) {
        if (this.over) return;
        if (error instanceof CallError && (error.status === 401 || error.status === 403)) {
          this.over = true;
          return this.handler.refused(error);
        }
        wait = true;
      }
    }
  }

  private async rest(): Promise<void> {
    this.waiting = new AbortController();
    await pause(this.backoff.delay(), this.waiting.signal);
  }

  private quiet(): void {
    clearInterval(this.pings);
    clearTimeout(this.dead);
    this.dead = undefined;
  }

  private drop(): void {
    const wire = this.wire;
    this.wire = undefined;
    if (!wire) return;
    wire.onopen = wire.onmessage = wire.onclose = null;
    wire.close(1000);
  }
}
