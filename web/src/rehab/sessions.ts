import { signal } from "@preact/signals";
import { Backoff, pause } from "../signaling/backoff.ts";
import type { Api } from "./api.ts";
import { invitees, type Person } from "./people.ts";
import { refusal, type Trouble, trouble } from "./trouble.ts";
import type * as wire from "./wire.ts";

/** What starting gave: the session, or why not. */
export type Started = { session: wire.ManagedSession } | { trouble: Trouble };

/** Sessions knows what is running now, what is planned today and what was, and carries out what is asked of them. */
export class Sessions {
  readonly running = signal<wire.Running[]>([]);
  /** "down" once the rehab service could not be reached; what is shown may be old. */
  readonly state = signal<"loading" | "live" | "down">("loading");
  readonly planned = signal<wire.Session[]>([]);
  readonly recent = signal<wire.Session[] | undefined>(undefined);
  readonly recentTrouble = signal<Trouble | undefined>(undefined);
  private reload: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly api: Api, private readonly user: () => number | undefined) {}

  /** follow keeps the running sessions up to date until signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(400, 10_000);
    while (!signal.aborted) {
      try {
        await this.api.watch((list) => {
          backoff.reset();
          this.take(list);
        }, signal);
      } catch {
        if (!signal.aborted) this.state.value = "down";
      }
      await pause(backoff.delay(), signal);
    }
  }

  /** loadRecent asks for planned and past sessions of this user. */
  async loadRecent(): Promise<void> {
    const user = this.user();
    if (user === undefined) return;
    try {
      const [planned, all] = await Promise.all([this.api.sessions(user, 20, 0, day(new Date())), this.api.sessions(user, 40)]);
      this.planned.value = planned.filter((s) => s.session_status === 0).reverse();
      this.recent.value = all.filter((s) => s.session_status >= 2).slice(0, 20);
      this.recentTrouble.value = undefined;
    } catch (error) {
      this.recentTrouble.value = trouble(error);
    }
  }

  /** start begins a new session of a type, with these people and the user. */
  start(type: wire.SessionType, people: readonly Person[], me: string): Promise<Started> {
    return this.begin({
      action: "start", id_session: 0, id_session_type: type.id_session_type, id_service: type.id_service ?? undefined,
      parameters: {}, ...withMe(invitees(people), me),
    });
  }

  /** resume starts a session of the past, or a planned one, with the people it had. */
  resume(s: wire.Session, me: string): Promise<Started> {
    return this.begin({
      action: "start", id_session: s.id_session, id_session_type: s.id_session_type,
      ...withMe({
        session_users: (s.session_users ?? []).map((u) => u.user_uuid),
        session_participants: (s.session_participants ?? []).map((p) => p.participant_uuid),
        session_devices: (s.session_devices ?? []).map((d) => d.device_uuid),
      }, me),
    });
  }

  stop = (id: number) => this.manage({ action: "stop", id_session: id });
  invite = (id: number, people: readonly Pick<Person, "kind" | "uuid">[]) =>
    this.manage({ action: "invite", id_session: id, ...invitees(people) });
  remove = (id: number, person: Pick<Person, "kind" | "uuid">) =>
    this.manage({ action: "remove", id_session: id, ...invitees([person]) });

  /** reply answers an invitation: 1 accepted, 2 denied, 3 busy. */
  reply = (session: string, code: 1 | 2 | 3, message?: string) =>
    this.manage({ action: "invite_reply", session_uuid: session, parameters: { reply_code: code, reply_msg: message } });

  private async begin(request: wire.Manage): Promise<Started> {
    try {
      const answer = await this.api.manage(request);
      const refused = refusal(answer);
      if (refused) return { trouble: refused };
      const session = answer && "session" in answer ? answer.session : undefined;
      return session?.session_uuid ? { session } : { trouble: { word: "notStarted", said: "", status: 200 } };
    } catch (error) {
      return { trouble: trouble(error) };
    }
  }

  private async manage(request: wire.Manage): Promise<Trouble | undefined> {
    try {
      return refusal(await this.api.manage(request));
    } catch (error) {
      return trouble(error);
    }
  }

  private take(list: wire.Running[]): void {
    const before = this.running.value.map((s) => s.session_uuid).sort().join();
    this.running.value = [...list].sort((a, b) => b.started_at.localeCompare(a.started_at));
    this.state.value = "live";
    if (before === list.map((s) => s.session_uuid).sort().join()) return;
    clearTimeout(this.reload);
    this.reload = setTimeout(() => void this.loadRecent(), 700); // the service writes the end after it says so
  }
}

function withMe(people: wire.Invitees, me: string): wire.Invitees {
  return { ...people, session_users: [...new Set([me, ...people.session_users])] };
}

/** day writes a local date as "2026-01-31". */
export function day(at: Date): string {
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
}
