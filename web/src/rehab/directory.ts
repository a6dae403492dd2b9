import { computed, signal } from "@preact/signals";
import type { Kind } from "../signaling/messages.ts";
import type { Api } from "./api.ts";
import type { CoreEvent } from "./opentera/events.ts";
import { fromDevice, fromParticipant, fromUser, type Person } from "./people.ts";
import { applied, nobody, type Presence, snapshot } from "./presence.ts";
import { type Trouble, trouble } from "./trouble.ts";
import type * as wire from "./wire.ts";

const remembered = "gotera.project";

/** Directory knows the sites and projects that the user may see, and the people of the chosen project. */
export class Directory {
  readonly sites = signal<wire.Site[]>([]);
  readonly projects = signal<wire.Project[]>([]);
  readonly project = signal<wire.Project | undefined>(undefined);
  readonly people = signal<Person[]>([]);
  readonly types = signal<wire.SessionType[]>([]);
  readonly presence = signal(nobody);
  readonly loading = signal(true);
  readonly trouble = signal<Trouble | undefined>(undefined);
  /** Names of everybody ever seen, by uuid: members of old sessions may be in other projects. */
  readonly names = new Map<string, string>();
  readonly site = computed(() => this.sites.value.find((s) => s.id_site === this.project.value?.id_site));
  private generation = 0; // of the project being shown: late answers about another one are dropped
  private reload: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly api: Api, private readonly serviceKey: () => string) {}

  async load(): Promise<void> {
    try {
      const [sites, projects] = await Promise.all([this.api.sites(), this.api.projects()]);
      this.sites.value = sites;
      this.projects.value = projects.filter((p) => p.project_enabled !== false);
      const before = this.project.value?.id_project ?? rememberedProject();
      const project = this.projects.value.find((p) => p.id_project === before) ?? this.projects.value[0];
      this.trouble.value = undefined;
      await this.choose(project);
    } catch (error) {
      this.trouble.value = trouble(error);
      this.loading.value = false;
    }
  }

  /** chooseSite goes to the first project of a site. */
  chooseSite(id: number): Promise<void> {
    return this.choose(this.projects.value.find((p) => p.id_site === id));
  }

  async choose(project: wire.Project | undefined): Promise<void> {
    if (project?.id_project !== this.project.value?.id_project) {
      this.people.value = [];
      this.types.value = [];
      this.loading.value = true;
    }
    this.project.value = project;
    if (project) remember(project.id_project);
    await this.refresh();
  }

  /** refresh asks for the people of the project again; what is on the screen stays until the answer is there. */
  async refresh(): Promise<void> {
    const generation = ++this.generation;
    const id = this.project.value?.id_project;
    if (id === undefined) {
      this.loading.value = false;
      return;
    }
    const asked = this.presence.value.count;
    try {
      const [participants, users, devices, types] = await Promise.all([
        this.api.participants(id), this.api.users(id), this.api.devices(id), this.api.sessionTypes(id),
      ]);
      if (generation !== this.generation) return;
      this.take(participants, users, devices, asked);
      this.types.value = types.filter((t) => this.startable(t));
      this.trouble.value = undefined;
    } catch (error) {
      if (generation === this.generation) this.trouble.value = trouble(error);
    }
    if (generation === this.generation) this.loading.value = false;
  }

  /** event takes in who came and went; somebody that nobody has heard of may be new in the project. */
  event(e: Extract<CoreEvent, { type: "presence" }>): void {
    this.presence.value = applied(this.presence.value, e);
    const known = this.people.value.find((p) => p.uuid === e.uuid);
    if (e.change === "disconnected" && known) {
      this.people.value = this.people.value.map((p) => (p === known ? { ...p, lastOnline: new Date() } : p));
    }
    if (!this.names.has(e.uuid) || e.change === "changed") this.refreshSoon();
    if (e.name) this.names.set(e.uuid, e.name);
  }

  name(kind: Kind, uuid: string, unknown: (kind: Kind) => string): string {
    return this.names.get(uuid) ?? unknown(kind);
  }

  private refreshSoon(): void {
    clearTimeout(this.reload);
    this.reload = setTimeout(() => void this.refresh(), 500);
  }

  private take(participants: wire.Participant[], users: wire.User[], devices: wire.Device[], asked: number): void {
    this.people.value = [...participants.map(fromParticipant), ...users.map(fromUser), ...devices.map(fromDevice)];
    for (const p of this.people.value) this.names.set(p.uuid, p.name);
    const status = (uuid: string, online?: boolean, busy?: boolean): [string, Presence] => [uuid, { online: online ?? false, busy: busy ?? false }];
    this.presence.value = snapshot(this.presence.value, asked, [
      ...participants.map((p) => status(p.participant_uuid, p.participant_online, p.participant_busy)),
      ...users.map((u) => status(u.user_uuid, u.user_online, u.user_busy)),
      ...devices.map((d) => status(d.device_uuid, d.device_online, d.device_busy)),
    ]);
  }

  /** startable keeps the types that the rehab service runs. */
  private startable(t: wire.SessionType): boolean {
    if (t.session_type_category !== 1 || !t.id_service) return false;
    return t.session_type_service_key === undefined || t.session_type_service_key === this.serviceKey();
  }
}

function rememberedProject(): number | undefined {
  try {
    return Number(localStorage.getItem(remembered)) || undefined;
  } catch {
    return undefined;
  }
}
function remember(id: number): void {
  try {
    localStorage.setItem(remembered, String(id));
  } catch {
    // no storage: the next visit begins with the first project
  }
}
