import { type ClientMessage, parse, type ServerMessage } from "./messages.ts";

/** How a websocket ended. code is that of RFC 6455, or 0 when this page ended it for silence. */
export interface Closed {
  code: number;
  reason: string;
}

export interface SocketHandler {
  open(): void;
  message(m: ServerMessage): void;
  /** Called once, last. */
  closed(c: Closed): void;
}

/** The room pings every 5 s; a websocket that says nothing for this long (ms) is dead. */
const maxSilence = 15_000;

/** Opening takes at most this long (ms). */
const maxOpening = 8_000;

/** Socket is one websocket: it answers pings and notices silence. */
export class Socket {
  private readonly ws: WebSocket;
  private watchdog: ReturnType<typeof setTimeout>;
  private over = false;

  constructor(url: string, private readonly handler: SocketHandler) {
    this.ws = new WebSocket(url);
    this.watchdog = setTimeout(() => this.end({ code: 0, reason: "no answer" }), maxOpening);
    this.ws.onopen = () => {
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

  /** close ends the websocket; the handler hears nothing more. */
  close(): void {
    this.over = true;
    clearTimeout(this.watchdog);
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
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.end({ code: 0, reason: "silent" }), maxSilence);
  }

  private end(c: Closed): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.watchdog);
    this.ws.close();
    this.handler.closed(c);
  }
}
