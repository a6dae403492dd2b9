import { signal } from "@preact/signals";
import { sameOrigin } from "../rehab/opentera/address.ts";
import { CallError } from "../rehab/opentera/call.ts";
import type { CoreEvent } from "../rehab/opentera/events.ts";
import { CoreSocket } from "../rehab/opentera/socket.ts";
import { enter, type Entrance } from "./entrance.ts";
import { arrival, step, type StayEvent } from "./stay.ts";

/** An invitation that comes so soon (ms) after the websocket's opening is an older one, told again. */
const toldAgain = 1_500;

/** Visitor is the participant's page without its looks: it keeps the link to the clinic and follows what it says. */
export class Visitor {
  readonly stay = signal(arrival);
  /** Whether a call joins by itself; the page's setting. */
  joinsItself = true;
  private socket: CoreSocket | undefined;
  private opened = 0; // when the websocket opened
  private first = true; // nothing has come yet since the page was loaded

  constructor(private readonly token: string) {
    addEventListener("online", () => this.socket?.hurry());
    addEventListener("offline", () => this.check());
  }

  /** open goes on with the login that was begun when the page was loaded. */
  async open(login: Promise<Entrance>): Promise<void> {
    this.socket = this.makeSocket();
    try {
      this.socket.open(this.entered(await login));
    } catch (error) {
      if (refuses(error)) return this.to({ type: "link", link: "badLink" });
      this.socket.open(); // no answer: it tries again by itself
    }
  }

  /** takeOver uses this page in place of another one. */
  takeOver(): void {
    this.socket?.close();
    this.to({ type: "link", link: "connecting" });
    void this.open(enter(this.token, true));
  }

  /** check finds out whether the connection is alive: the page is looked at again, the device may have slept. */
  check(): void {
    this.socket?.check();
  }

  to(e: StayEvent): void {
    this.stay.value = step(this.stay.value, e);
  }

  private makeSocket(): CoreSocket {
    return new CoreSocket(async (signal) => this.entered(await enter(this.token, true, signal)), {
      open: () => {
        this.opened = Date.now();
        this.to({ type: "link", link: "connected" });
      },
      event: (e) => this.event(e),
      lost: () => this.to({ type: "link", link: "lost" }),
      taken: () => this.to({ type: "link", link: "elsewhere" }),
      refused: () => this.to({ type: "link", link: "badLink" }),
    });
  }

  private entered(e: Entrance): string {
    this.to({ type: "known", uuid: e.uuid, name: e.name });
    return sameOrigin(e.websocketURL, location);
  }

  private event(event: CoreEvent): void {
    const again = Date.now() - this.opened < toldAgain;
    // Whoever opens the link while a session runs came for it: they need not be asked.
    const direct = this.first && again && this.joinsItself && event.type === "join";
    if (event.type === "join") this.first = false;
    this.to({ type: "core", event, again, direct });
  }
}

function refuses(error: unknown): boolean {
  return error instanceof CallError && (error.status === 401 || error.status === 403);
}
