import { Backoff } from "../signaling/backoff.ts";
import type { Flow } from "./flow.ts";

export interface LadderActions {
  /** Ask at once whether the websocket still lives. */
  probe(): void;
  /** Restart ICE: look for a new network path for the same connection. */
  restart(): void;
  /** Come back as the same peer with a new connection. */
  fresh(): void;
  /** Join anew, as another peer. */
  rejoin(): void;
}

/** What the ladder looks at, each `pace` ms. */
export interface Look {
  flow: Flow;
  state: RTCPeerConnectionState;
  /** Received tracks that should flow now. */
  expected: ReadonlySet<string>;
}

/** Times in ms. */
const limits = {
  silent: 1_200, // nothing comes by a path on which something should
  suspect: 600, // the same, when it is time to ask whether the websocket still lives
  doubted: 350, // the same after a hint that the network is another
  idle: 8_000, // the same when nothing is to come but answers to checks
  connecting: 10_000, // the same while a first path is looked for
  black: 10_000, // the path lives, and nothing of what should come does; the room has said by then what is not sent
  unheard: 10_000, // the path lives, and the room hears nothing of what is sent
  doubt: 3_000, // a hint counts for so long
  jump: 5_000, // two looks that are so far apart: the computer slept, or the page was frozen
  steady: 15_000, // a connection that flowed for so long was a good one
  truce: 120_000, // after which new connections are tried again for what they did not help against
};

/** How long (ms) a step may take until media flows. */
const patience = { restart: 5_000, fresh: 10_000, rejoin: 10_000 };

/** New connections in a minute, at most. */
const perMinute = 6;

/** New connections that are tried when the path lives and yet not everything flows. */
const tries = 3;

/** How often (ms) to look: at first after a hint, and when nothing comes, for the look itself is not to cost time. */
const paces = { usual: 500, step: 250, doubted: 100 };

type Step = keyof typeof patience;

/**
 * Ladder brings sound and picture back, whatever a connection says of its own state: what counts is that media flows, both
 * ways. Its steps are an ICE restart, a new connection of the same peer, and joining anew; each has some time to prove
 * itself. While the websocket is lost it waits: coming back is Link's part. It has no timers: look is called all the time.
 */
export class Ladder {
  private step: Step | undefined;
  private due = 0; // when the next step may follow
  private looks = 0; // since the step
  private failures = 0; // new connections that did not help, since all was well
  private linked = false;
  private silent = false; // nothing came at the last look, and should have
  private asked = false; // in this silence, for the websocket
  private wanted = false; // a restart, once the websocket has answered
  private split = false; // the two ends no longer agree
  private lookedAt = Date.now();
  private doubtedAt = 0;
  private pathAt = Date.now(); // the last sign of life of the path,
  private cameAt = Date.now(); // of what should come,
  private heardAt = Date.now(); // and that the room hears us, or need not
  private calmAt = Date.now();
  private truceUntil = 0;
  private gaps: { at: number; ms: number }[] = []; // between signs of life, lately
  private made: number[] = []; // times of new connections
  private readonly backoff = new Backoff(2_000, 30_000);

  constructor(private readonly actions: LadderActions) {}

  /** flows reports whether sound and picture come now. */
  get flows(): boolean {
    return this.lookedAt - this.pathAt <= limits.silent && this.lookedAt - this.cameAt <= limits.black;
  }

  /** pace is how long (ms) to wait until the next look. */
  get pace(): number {
    const doubted = this.silent || Date.now() - this.doubtedAt < limits.doubt;
    if (doubted && this.linked && !this.step) return paces.doubted;
    return doubted || this.step ? paces.step : paces.usual;
  }

  /** calm reports whether nothing is done to the connection, and nothing has to be. */
  get calm(): boolean {
    return this.linked && this.flows && this.pace === paces.usual;
  }

  /** hint is called when the network may be another: the browser says so, or a sleep is over. */
  hint(): void {
    this.doubtedAt = Date.now();
    this.truceUntil = 0;
    this.actions.probe();
  }

  /** unlinked is called when the websocket is lost. */
  unlinked(): void {
    this.linked = false;
  }

  /** joined is called when the websocket is there (again); fresh: with a new connection, which is to prove itself. */
  joined(fresh: boolean, state: RTCPeerConnectionState): void {
    const now = Date.now();
    this.linked = true;
    if (fresh) {
      this.wanted = this.split = false;
      this.step ??= "fresh";
      if (this.step === "restart") this.step = "fresh";
      this.looks = 0;
      this.due = Math.max(this.due, now + patience.fresh);
      this.pathAt = this.cameAt = this.heardAt = now;
    } else if (this.wanted || this.step || bad(state) || this.lookedAt - this.pathAt > limits.silent) {
      this.climb("restart", now); // what ended the websocket has ended the path, too
    } else this.doubtedAt = now; // or may have
  }

  /** answered is called when the websocket has answered a probe: the network is there. */
  answered(): void {
    if (this.wanted) this.climb("restart", Date.now());
  }

  /** searches reports whether ICE was restarted, and has not brought anything yet. */
  get searches(): boolean {
    return this.step === "restart";
  }

  /** lost is called when the restart has no address to look from. */
  lost(): void {
    if (this.searches) this.climb("fresh", Date.now());
  }

  /** broken is called when the two ends no longer agree about the connection: only a new one helps. */
  broken(): void {
    this.split = true;
    this.climb("fresh", Date.now()); // or later, if there may be none now
  }

  look({ flow, state, expected }: Look): void {
    const now = Date.now();
    const slept = now - this.lookedAt > limits.jump;
    this.lookedAt = now;
    this.looks++;
    const idle = state === "new"; // there is nothing to send or receive yet
    const comes = idle || expected.size === 0 || [...expected].some((id) => flow.came.has(id));
    const heard = idle || flow.heard || !flow.sent;
    if (slept) this.wake(now);
    this.note(idle || flow.path, comes, heard, now);
    this.silent = !flow.path && (flow.sent || expected.size > 0);
    if (!this.linked || state === "closed") return;
    if (this.split) this.climb(this.anew(), now);
    else if (this.step) this.tend(idle || (state === "connected" && flow.path && this.looks > 1), comes, heard, now);
    else this.detect(flow.sent || expected.size > 0, state, now);
  }

  /** wake begins to watch anew: what happened during a sleep nobody saw. */
  private wake(now: number): void {
    this.pathAt = now - limits.doubted + 200;
    this.cameAt = this.heardAt = now;
    if (this.step) this.due = now + patience[this.step];
    this.hint();
  }

  private note(path: boolean, comes: boolean, heard: boolean, now: number): void {
    if (path) {
      const ms = now - this.pathAt;
      if (this.silent && ms < 3_000) this.gaps.push({ at: now, ms });
      this.pathAt = now;
      this.asked = this.wanted = false;
    }
    this.gaps = this.gaps.filter((g) => now - g.at < 10_000);
    if (comes) this.cameAt = now;
    if (heard) this.heardAt = now;
  }

  private detect(busy: boolean, state: RTCPeerConnectionState, now: number): void {
    if (now - this.calmAt > limits.steady) {
      this.backoff.reset();
      this.failures = 0;
    }
    const quiet = now - this.pathAt;
    const limit = this.silence(busy, state, now);
    if (this.silent && state === "connected" && quiet > Math.max(limits.suspect, this.usualGap()) && !this.asked) {
      this.asked = true;
      this.actions.probe();
    }
    if (bad(state) || quiet > limit) this.want();
    else if (now > this.truceUntil && (now - this.cameAt > limits.black || now - this.heardAt > limits.unheard)) this.climb("fresh", now);
  }

  /**
   * want has ICE restarted once the websocket has answered, or is there again: an earlier offer would not arrive, and browsers
   * would look for addresses while there are none. Firefox does that but once.
   */
  private want(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.actions.probe();
  }

  /** silence is how long nothing may come by the path: longer when less came before. */
  private silence(busy: boolean, state: RTCPeerConnectionState, now: number): number {
    if (state !== "connected") return limits.connecting;
    if (!busy) return limits.idle;
    const usual = this.usualGap();
    const doubted = now - this.doubtedAt < limits.doubt;
    return doubted ? Math.max(limits.doubted, usual + 200) : Math.max(limits.silent, 2 * usual);
  }

  /** usualGap is the longest silence (ms) of which there was another as long: a single one was an interruption. */
  private usualGap(): number {
    return this.gaps.map((g) => g.ms).sort((a, b) => b - a)[1] ?? 0;
  }

  /** tend looks whether the last step has proved itself, and takes the next when its time is over. */
  private tend(path: boolean, comes: boolean, heard: boolean, now: number): void {
    const proved = path && comes && heard;
    if (proved || (path && now > this.due && this.failures >= tries)) {
      if (!proved) this.truceUntil = now + limits.truce; // the room and the tiles say what is missing
      this.step = undefined;
      this.calmAt = this.cameAt = this.heardAt = now;
      return;
    }
    if (now < this.due) return;
    this.climb(this.anew(), now);
  }

  /** anew is the way to a new connection: when several did not help, joining anew. */
  private anew(): Step {
    return this.step && this.step !== "restart" && this.failures % tries === tries - 1 ? "rejoin" : "fresh";
  }

  private climb(step: Step, now: number): void {
    if (!this.linked) return;
    if (step !== "restart" && !this.mayMake(now)) return;
    const again = this.step !== undefined && this.step !== "restart";
    if (again && step !== "restart") this.failures++;
    this.step = step;
    this.wanted = false;
    if (step !== "restart") this.split = false;
    this.looks = 0;
    this.due = now + patience[step] + (again ? this.backoff.delay() : 0);
    this.actions[step]();
  }

  private mayMake(now: number): boolean {
    this.made = this.made.filter((at) => now - at < 60_000);
    if (this.made.length >= perMinute) return false;
    this.made.push(now);
    return true;
  }
}

function bad(state: RTCPeerConnectionState): boolean {
  return state === "failed" || state === "disconnected";
}
