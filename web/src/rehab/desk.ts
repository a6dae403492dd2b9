import { computed, effect, signal } from "@preact/signals";
import { pause } from "../signaling/backoff.ts";
import type { Account } from "./account.ts";
import { Api } from "./api.ts";
import { Directory } from "./directory.ts";
import { CallError } from "./opentera/call.ts";
import type { CoreEvent } from "./opentera/events.ts";
import { sameOrigin } from "./opentera/address.ts";
import { CoreSocket } from "./opentera/socket.ts";
import type { Person } from "./people.ts";
import { mine } from "./running.ts";
import { Sessions, type Started } from "./sessions.ts";
import type { Trouble } from "./trouble.ts";
import { dashboard, type Ended, step, type VisitEvent } from "./visit.ts";
import type * as wire from "./wire.ts";

/** An invitation to this user that waits for an answer. */
export interface Invitation {
  session: string;
  creator: string;
  url: string;
}

/** Somebody's answer to an invitation. */
export type News = Extract<CoreEvent, { type: "reply" }>;

type JoinEvent = Extract<CoreEvent, { type: "join" }>;

const visited = "gotera.visit";

/** How long (ms) a started session may take to send this user's invitation before other ways are tried, and to open at all. */
const patience = { invitation: 2_000, opening: 20_000 };

/** Desk is the clinician's dashboard without its looks: it follows the server's events and decides what they mean here. */
export class Desk {
  readonly api: Api;
  readonly directory: Directory;
  readonly sessions: Sessions;
  /** The websocket: presence and invitations come through it. */
  readonly link = signal<"connecting" | "open" | "lost" | "elsewhere">("connecting");
  readonly visit = signal(dashboard);
  readonly invitation = signal<Invitation | undefined>(undefined);
  /** How the last session ended for this page, until it is read. */
  readonly ended = signal<{ why: Ended; title: string } | undefined>(undefined);
  /** Why the last start or resume failed. */
  readonly startTrouble = signal<Trouble | undefined>(undefined);
  /** Somebody whose invitation was answered "busy" by itself. */
  readonly missed = signal<string | undefined>(undefined);
  /** The latest answer to an invitation, until it is read. */
  readonly news = signal<News | undefined>(undefined);
  /** Who is ticked in the list of people, by uuid. */
  readonly picked = signal<ReadonlySet<string>>(new Set());
  readonly self = signal<wire.User | undefined>(undefined);
  /** The session that this tab was in before it was loaded again. */
  readonly before = computed(() => this.sessions.running.value.find((s) => s.session_uuid === this.left.value && s.url !== null));
  private readonly left = signal(readVisited());
  private readonly addresses = new Map<string, string>();
  private readonly answered = new Set<string>();
  private held: JoinEvent[] = []; // came while a session was being started, before the server named it
  private socket: CoreSocket | undefined;
  private stop = new AbortController();
  private misses = 0;
  private serviceKey = "VideoRehabService";

  constructor(private readonly account: Account) {
    this.api = new Api({
      token: () => account.identity.value?.token ?? "",
      unauthorized: () => account.identity.value && account.lost("expired"), // unless it is lost for another reason
    });
    this.directory = new Directory(this.api, () => this.serviceKey);
    this.sessions = new Sessions(this.api, () => this.self.value?.id_user);
    effect(() => {
      const visit = this.visit.value;
      if (visit.at === "room") keepVisited(visit.uuid);
    });
  }

  get me(): string {
    return this.account.identity.value?.uuid ?? "";
  }

  get myName(): string {
    return this.account.identity.value?.name ?? "";
  }

  /** open begins to follow the server, after a login. */
  open(): void {
    this.stop = new AbortController();
    this.link.value = "connecting";
    this.socket = new CoreSocket((signal) => this.nextSocket(signal), {
      open: () => this.connected(),
      event: (e) => this.event(e),
      lost: () => (this.link.value = "lost"),
      taken: () => this.account.lost("taken"),
      refused: () => this.account.lost("expired"),
    });
    const url = this.account.websocketURL;
    this.account.websocketURL = undefined;
    this.socket.open(url && sameOrigin(url, location));
    void this.sessions.follow(this.stop.signal);
    void this.loadSelf();
    void this.api.config().then((c) => (this.serviceKey = c.service_key || this.serviceKey)).catch(() => undefined).then(() => this.directory.load());
    addEventListener("online", this.hurry);
    addEventListener("offline", this.test);
  }

  /** close stops following; a session that fills the page stays until its own end. */
  close(): void {
    this.stop.abort();
    this.socket?.close();
    this.invitation.value = undefined;
    removeEventListener("online", this.hurry);
    removeEventListener("offline", this.test);
  }

  /** start calls people; the session's view opens at once. */
  async start(type: wire.SessionType, people: readonly Person[]): Promise<boolean> {
    const started = await this.begin(type.session_type_name, people.map((p) => p.name), () => this.sessions.start(type, people, this.me));
    if (started) this.picked.value = new Set();
    return started;
  }

  async resume(s: wire.Session): Promise<boolean> {
    const names = [
      ...(s.session_participants ?? []).map((p) => p.participant_name),
      ...(s.session_users ?? []).filter((u) => u.user_uuid !== this.me).map((u) => u.user_name),
      ...(s.session_devices ?? []).map((d) => d.device_name),
    ];
    return this.begin(s.session_name, names, () => this.sessions.resume(s, this.me));
  }

  /** startKnown starts or joins the session that the page's address names. */
  async startKnown(uuid: string): Promise<void> {
    const running = (await this.api.running().catch(() => undefined))?.sessions.find((s) => s.session_uuid === uuid);
    if (running) return void this.join(running);
    const session = await this.api.session(uuid).catch(() => undefined);
    if (session) await this.resume(session);
    else this.startTrouble.value = { word: "gone", said: "", status: 404 };
  }

  /** join opens a running session; somebody who may see it without being invited invites themselves first. */
  async join(s: wire.Running): Promise<Trouble | undefined> {
    this.to({ type: "open", uuid: s.session_uuid, title: s.session_name, calling: [] });
    this.answered.add(s.session_uuid);
    const url = s.url ?? this.addresses.get(s.session_uuid);
    if (url) {
      this.to({ type: "address", uuid: s.session_uuid, url });
      return undefined;
    }
    const trouble = await this.sessions.invite(s.id_session, [{ kind: "user", uuid: this.me }]);
    if (trouble) this.to({ type: "end", uuid: s.session_uuid, why: "" });
    else void this.expect(s.session_uuid);
    return trouble;
  }

  /** answer ends an invitation. */
  async answer(how: "accept" | "refuse" | "busy"): Promise<void> {
    const invitation = this.invitation.value;
    if (!invitation) return;
    this.invitation.value = undefined;
    if (how === "accept") {
      this.answered.add(invitation.session);
      const title = this.running(invitation.session)?.session_name ?? invitation.creator;
      this.to({ type: "open", uuid: invitation.session, title, calling: [] });
      this.to({ type: "address", uuid: invitation.session, url: invitation.url });
    }
    await this.sessions.reply(invitation.session, how === "accept" ? 1 : how === "refuse" ? 2 : 3);
  }

  /** leave gives the dashboard back; the session goes on for the others. */
  leave(why: Ended = ""): void {
    const visit = this.visit.value;
    if (visit.at === "dashboard") return;
    this.left.value = "";
    keepVisited("");
    if (why !== "") this.ended.value = { why, title: visit.title };
    this.visit.value = dashboard;
    void this.sessions.loadRecent();
  }

  /** dismiss forgets that this tab was in a session before. */
  dismiss(): void {
    this.left.value = "";
    keepVisited("");
  }

  /** check finds out whether the websocket is alive: the page is looked at again, the computer may have slept. */
  check(): void {
    this.socket?.check();
  }

  running(uuid: string): wire.Running | undefined {
    return this.sessions.running.value.find((s) => s.session_uuid === uuid);
  }

  private async begin(title: string, calling: string[], ask: () => Promise<Started>): Promise<boolean> {
    this.startTrouble.value = undefined;
    this.ended.value = undefined;
    this.to({ type: "open", uuid: "", title, calling });
    const started = await ask();
    if ("trouble" in started) {
      this.startTrouble.value = started.trouble;
      this.visit.value = dashboard;
      this.release();
      return false;
    }
    const { session_uuid: uuid, session_name: name } = started.session;
    this.answered.add(uuid);
    this.to({ type: "named", uuid, title: name });
    const url = this.addresses.get(uuid);
    if (url) this.to({ type: "address", uuid, url });
    this.release();
    void this.expect(uuid);
    return true;
  }

  /** expect looks after a session that is opening: its invitation comes by websocket, which may be away just now. */
  private async expect(uuid: string): Promise<void> {
    const opening = (): boolean => this.visit.value.at === "opening" && this.visit.value.uuid === uuid;
    await pause(patience.invitation, this.stop.signal);
    if (!opening()) return;
    const fromList = effect(() => {
      const url = this.running(uuid)?.url;
      if (url && opening()) queueMicrotask(() => this.to({ type: "address", uuid, url }));
    });
    await pause(patience.opening - patience.invitation, this.stop.signal);
    fromList();
    if (opening()) this.leave("failed");
  }

  private to(e: VisitEvent): void {
    const before = this.visit.value;
    const after = step(before, e);
    if (after === before) return;
    if (e.type === "end") return this.leave(e.why);
    this.visit.value = after;
  }

  private async nextSocket(_signal: AbortSignal): Promise<string> {
    const url = await this.account.refresh(true);
    if (url) {
      this.misses = 0;
      return sameOrigin(url, location);
    }
    // The server thinks that this user is online: it has not noticed the end of the last websocket yet, or it is another.
    if (++this.misses >= 5) this.link.value = "elsewhere";
    throw new CallError(0, "");
  }

  private connected(): void {
    const again = this.link.value === "lost";
    this.link.value = "open";
    this.misses = 0;
    if (again) void this.directory.refresh();
  }

  private event(e: CoreEvent): void {
    switch (e.type) {
      case "presence":
        return this.directory.event(e);
      case "join":
        return void this.invited(e);
      case "stop":
        return this.over(e.session, "stopped");
      case "leave":
        if (e.users.includes(this.me)) this.over(e.session, "removed");
        return;
      case "reply":
        this.news.value = e;
    }
  }

  private async invited(e: JoinEvent): Promise<void> {
    this.addresses.set(e.session, e.url);
    const visit = this.visit.value;
    if (visit.at === "opening" && visit.uuid === "") {
      this.held.push(e);
      return;
    }
    this.to({ type: "address", uuid: e.session, url: e.url });
    if (this.visit.value.at !== "dashboard" && this.visit.value.uuid === e.session) return;
    if (this.answered.has(e.session) || e.session === this.left.value || (await this.isMine(e))) return;
    if (this.visit.value.at !== "dashboard") {
      this.missed.value = e.creator;
      await this.sessions.reply(e.session, 3);
    } else if (!this.invitation.value) {
      this.invitation.value = { session: e.session, creator: e.creator, url: e.url };
    }
  }

  /** isMine: sessions of this user's own are sent as invitations too, at each connection. */
  private async isMine(e: JoinEvent): Promise<boolean> {
    for (let left = 8; left > 0 && !this.running(e.session); left--) await pause(150, this.stop.signal);
    const running = this.running(e.session);
    return running ? mine(running, this.me) : e.creator === this.myName;
  }

  private release(): void {
    const held = this.held;
    this.held = [];
    for (const e of held) void this.invited(e);
  }

  private over(session: string, why: Ended): void {
    this.addresses.delete(session);
    this.answered.delete(session);
    if (this.invitation.value?.session === session) {
      this.missed.value = this.invitation.value.creator;
      this.invitation.value = undefined;
    }
    this.to({ type: "end", uuid: session, why });
  }

  private async loadSelf(): Promise<void> {
    try {
      this.self.value = await this.api.self();
      await this.sessions.loadRecent();
    } catch {
      await pause(3_000, this.stop.signal);
      if (!this.stop.signal.aborted) void this.loadSelf();
    }
  }

  private readonly hurry = (): void => this.socket?.hurry();
  private readonly test = (): void => this.check();
}

function readVisited(): string {
  try {
    return sessionStorage.getItem(visited) ?? "";
  } catch {
    return "";
  }
}
function keepVisited(uuid: string): void {
  try {
    if (uuid) sessionStorage.setItem(visited, uuid);
    else sessionStorage.removeItem(visited);
  } catch {
    // no storage: a reload does not offer to return
  }
}
