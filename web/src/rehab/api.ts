import { authorization, call, CallError, type CallOptions } from "./opentera/call.ts";
import { core, type Query, service } from "./opentera/address.ts";
import { readStream } from "./opentera/stream.ts";
import type * as wire from "./wire.ts";

/** Who asks: the current token, which is renewed now and then. */
export interface Bearer {
  token(): string;
  /** The server does not know the token (any more). */
  unauthorized(): void;
}

/** Api asks OpenTera's REST interface and the rehab service for the dashboard. */
export class Api {
  constructor(private readonly bearer: Bearer) {}

  sites = () => this.list<wire.Site>("user/sites");
  projects = () => this.list<wire.Project>("user/projects");
  participants = (project: number) => this.list<wire.Participant>("user/participants", { id_project: project, enabled: true });
  users = (project: number) => this.list<wire.User>("user/users", { id_project: project, enabled: true, with_status: true });
  devices = (project: number) => this.list<wire.Device>("user/devices", { id_project: project, enabled: true, with_status: true });
  sessionTypes = (project: number) => this.list<wire.SessionType>("user/sessiontypes", { id_project: project });
  self = async () => (await this.list<wire.User>("user/users", { self: true }))[0];
  participant = async (id: number) => (await this.list<wire.Participant>("user/participants", { id_participant: id }))[0];
  session = async (uuid: string) => (await this.list<wire.Session>("user/sessions", { session_uuid: uuid }))[0];
  sessionEvents = (id: number) => this.list<wire.SessionEvent>("user/sessions/events", { id_session: id });

  /** sessions returns the user's latest sessions, newest first, or those of one state and day ("2026-01-31"). */
  sessions = (user: number, limit: number, status?: wire.SessionStatus, day?: string) =>
    this.list<wire.Session>("user/sessions", {
      id_user: user, limit, with_session_type: true, status, start_date: day, end_date: day,
    });

  /** allowLink gives a participant a link of their own. */
  async allowLink(p: wire.Participant): Promise<wire.Participant | undefined> {
    const body = { participant: { id_participant: p.id_participant, id_project: p.id_project, participant_token_enabled: true } };
    const made = await this.ask<wire.Participant[]>(core("user/participants"), { method: "POST", body });
    return made?.[0]?.participant_token ? made[0] : this.participant(p.id_participant);
  }

  /** manage starts, stops or changes a session. The answer may be an error of the service with status 200. */
  manage = (request: wire.Manage) =>
    this.ask<wire.Managed | null>(core("user/sessions/manager"), { method: "POST", body: { session_manage: request }, timeout: 20_000 });

  config = () => this.ask<wire.Config>(service("api/config", location));
  running = () => this.ask<{ sessions: wire.Running[] }>(service("api/sessions", location));

  /** watch calls onSessions with the running sessions at once and at each change, until the stream or signal ends it. */
  async watch(onSessions: (sessions: wire.Running[]) => void, signal: AbortSignal): Promise<void> {
    const answer = await fetch(service("api/events", location), {
      headers: { Authorization: authorization({ token: this.bearer.token() }), Accept: "text/event-stream" },
      credentials: "omit",
      cache: "no-store",
      signal,
    });
    if (!answer.ok || !answer.body) throw new CallError(answer.status, "");
    await readStream(answer.body, ({ event, data }) => {
      if (event === "sessions") onSessions((JSON.parse(data) as { sessions: wire.Running[] | null }).sessions ?? []);
    }, signal);
  }

  private list<T>(path: string, query?: Query): Promise<T[]> {
    return this.ask<T[] | null>(core(path, query)).then((all) => all ?? []);
  }

  private async ask<T>(address: string, options: CallOptions = {}): Promise<T> {
    const token = this.bearer.token();
    try {
      return await call<T>(address, { ...options, auth: { token } });
    } catch (error) {
      if (!(error instanceof CallError) || error.status !== 401) throw error;
      // The token was renewed while the request was on its way: only the new one counts.
      if (this.bearer.token() !== token && this.bearer.token() !== "") return call<T>(address, { ...options, auth: { token: this.bearer.token() } });
      this.bearer.unauthorized();
      throw error;
    }
  }
}
