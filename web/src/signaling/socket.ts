import { type ClientMessage, parse, type ServerMessage } from "./messages.ts";

/** How a websocket ended. code is that of RFC 6455, or 0 when this page ended it for silence. */
export interface Closed {
  code: number;
  reason: string;
}

export interface SocketHandler {
  open(): void;
  message(m: ServerMessage): void;
  /** A probe has no answer yet, */
  doubted(): void;
  /** and has one. */
  answered(): void;
  /** Called once, last. */
  closed(c: Closed): void;
}

/** The room pings every 5 s; a websocket that says nothing for this long (ms) is dead. */
const maxSilence = 15_000;

/**
 * Opening takes at most this long (ms). A connection that is begun while the network is away is asked for again after 1, 3 and
 * 7 s, so a new attempt is better than a long one; but some may take long, for networks that are slow.
 */
const opening = { least: 1_300, usual: 4_000, long: 12_000 };

/** patience is how long (ms) opening may take: attempt counts those before it that did not, took is how long (ms) it took last. */
export function patience(attempt: number, took = opening.usual): number {
  if (attempt % 6 === 5) return opening.long;
  return attempt % 3 === 2 ? opening.usual : Math.min(opening.usual, opening.least + 3 * took);
}

/** Socket is one websocket: it answers pings and notices silence. */
export class Socket {
  private readonly ws: WebSocket;
  private watchdog: ReturnType<typeof setTimeout>;
  private probing: ReturnType<typeof setTimeout> | undefined;
  private doubting: ReturnType<typeof setTimeout> | undefined;
  private over = false;
  /** Whether it was ever open, */
  opened = false;
  /** and how long (ms) that took. */
  took: number | undefined;
  private readonly since = Date.now();

  /** limit (ms) is for opening. */
  constructor(url: string, private readonly handler: SocketHandler, limit: number) {
    this.ws = new WebSocket(url);
    this.watchdog = setTimeout(() => this.end({ code: 0, reason: "no answer" }), limit);
    this.ws.onopen = () => {
      this.opened = true;
      this.took = Date.now() - this.since;
      this.heard();
      this.handler.open();
    };
    this.ws.onmessage = (e: MessageEvent<unknown>) => this.read(e.data);
    this.ws.onclose = (e) => this.end({ code: e.code, reason: e.reason });
  }

  /** send drops m when the websocket is not open: what matters is sent again after the next join. */
  send(m: ClientMessage): void {
    if (this.ws.readyState === WebSocket.OPEN) this.ws.send(JSON.stringify(m));
  }

  /** Whether a probe has no answer yet. */
  get silent(): boolean {
    return this.probing !== undefined;
  }

  /**
   * probe asks whether the other end is still there, and ends the websocket if nothing is heard for ms; the handler is told
   * after doubt (ms).
   */
  probe(ms: number, doubt: number): void {
    if (this.over || this.probing) return;
    if (!this.opened) {
      if (Date.now() - this.since > ms) this.end({ code: 0, reason: "no answer" }); // the network may be another by now
      return;
    }
    this.send({ type: "ping" });
    this.probing = setTimeout(() => this.end({ code: 0, reason: "no answer" }), ms);
    this.doubting = setTimeout(() => this.handler.doubted(), doubt);
  }

  /** close ends the websocket; the handler hears nothing more. */
  close(): void {
    this.over = true;
    this.stopTimers();
    this.ws.close(1000);
  }

  private read(data: unknown): void {
    this.heard();
    const m = typeof data === "string" ? parse(data) : undefined;
    if (!m || this.over) return;
    if (m.type === "ping") this.send({ type: "pong" });
    else this.handler.message(m);
  }

  private heard(): void {
    const { silent } = this;
    this.stopTimers();
    if (silent && !this.over) this.handler.answered();
    if (!this.over) this.watchdog = setTimeout(() => this.end({ code: 0, reason: "silent" }), maxSilence);
  }

  private stopTimers(): void {
    clearTimeout(this.watchdog);
    clearTimeout(this.probing);
    clearTimeout(this.doubting);
    this.probing = undefined;
  }

  private end(c: Closed): void {
    if (this.over) return;
    this.over = true;
    this.stopTimers();
    this.ws.close();
    this.handler.closed(c);
  }
}
