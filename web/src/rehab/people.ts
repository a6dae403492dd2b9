import type { Kind } from "../signaling/messages.ts";
import type { Presence, PresenceMap } from "./presence.ts";
import type * as wire from "./wire.ts";

/** Somebody who can be invited. Uuids are unique across kinds. */
export interface Person {
  kind: Kind;
  uuid: string;
  /** Of their table in OpenTera. */
  id: number;
  name: string;
  lastOnline: Date | undefined;
}

export interface Listed extends Person, Presence {}

export function fromParticipant(p: wire.Participant): Person {
  return { kind: "participant", uuid: p.participant_uuid, id: p.id_participant, name: p.participant_name, lastOnline: date(p.participant_lastonline) };
}
export function fromUser(u: wire.User): Person {
  return { kind: "user", uuid: u.user_uuid, id: u.id_user, name: u.user_name, lastOnline: date(u.user_lastonline) };
}
export function fromDevice(d: wire.Device): Person {
  return { kind: "device", uuid: d.device_uuid, id: d.id_device, name: d.device_name, lastOnline: date(d.device_lastonline) };
}

function date(text: string | null | undefined): Date | undefined {
  const at = text ? new Date(text) : undefined;
  return at && !Number.isNaN(at.getTime()) ? at : undefined;
}

/** The order of the groups in the list. */
export const kinds: readonly Kind[] = ["participant", "device", "user"];

/** listed puts people into groups: who is there first, then by name; search keeps those whose name has all its words. */
export function listed(people: readonly Person[], presence: PresenceMap, search: string): Map<Kind, Listed[]> {
  const words = plain(search).split(/\s+/).filter(Boolean);
  const found = people
    .filter((p) => words.every((word) => plain(p.name).includes(word)))
    .map((p) => ({ ...p, ...(presence.get(p.uuid) ?? { online: false, busy: false }) }));
  found.sort((a, b) => Number(b.online) - Number(a.online) || a.name.localeCompare(b.name, undefined, { numeric: true }));
  return new Map(kinds.map((kind): [Kind, Listed[]] => [kind, found.filter((p) => p.kind === kind)]).filter(([, all]) => all.length > 0));
}

/** plain makes "Élodie" match "elodie". */
function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** initials are shown in place of a portrait: at most two letters, without titles ("Dr."). */
export function initials(name: string): string {
  const all = name.split(/[\s-]+/).filter((w) => /^[\p{L}\p{N}]/u.test(w));
  const named = all.filter((w) => !w.endsWith("."));
  const words = named.length > 0 ? named : all;
  const picked = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return picked.map((w) => [...(w ?? "")][0] ?? "").join("").toUpperCase();
}

/** invitees sorts people into the lists of a request, without repeating anybody. */
export function invitees(people: readonly Pick<Person, "kind" | "uuid">[]): wire.Invitees {
  const of = (kind: Kind): string[] => [...new Set(people.filter((p) => p.kind === kind).map((p) => p.uuid))];
  return { session_users: of("user"), session_participants: of("participant"), session_devices: of("device") };
}
