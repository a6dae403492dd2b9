import type { Person } from "./people.ts";
import type { Member, MemberStatus, Running } from "./wire.ts";

/** The states of members who may be invited again. */
const away: readonly MemberStatus[] = ["left", "refused", "busy", "no_answer", "removed"];

/** isAway says whether inviting a member again makes sense. */
export function isAway(m: Member): boolean {
  return away.includes(m.status);
}

/** members returns who belongs to a session now, most present first; removed people are no longer shown. */
export function members(s: Running): Member[] {
  const order: MemberStatus[] = ["in_room", "reconnecting", "opening", "online", "invited", "no_answer", "busy", "refused", "left"];
  const rank = (m: Member): number => (order.indexOf(m.status) + order.length + 1) % (order.length + 1);
  return (s.members ?? []).filter((m) => m.status !== "removed").sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** others leaves out the person who looks. */
export function others(s: Running, me: string): Member[] {
  return members(s).filter((m) => m.uuid !== me);
}

/** invitable returns the people who are not in a session yet, or who have gone from it. */
export function invitable<P extends Person>(people: readonly P[], s: Running): P[] {
  const there = new Set((s.members ?? []).filter((m) => !isAway(m)).map((m) => m.uuid));
  return people.filter((p) => !there.has(p.uuid));
}

/** mine says whether a session was started by this user. */
export function mine(s: Running, me: string): boolean {
  return s.creator?.kind === "user" && s.creator.uuid === me;
}

/** elapsed is how long a session has been running, in seconds. */
export function elapsed(s: Pick<Running, "started_at">, now: number): number {
  const at = Date.parse(s.started_at);
  return Number.isNaN(at) ? 0 : Math.max(0, (now - at) / 1000);
}

/** statusTone is the colour that goes with the words of a member's state. */
export function statusTone(status: MemberStatus): "go" | "warn" | "stop" | "" {
  if (status === "in_room") return "go";
  if (status === "reconnecting" || status === "no_answer" || status === "busy") return "warn";
  if (status === "refused") return "stop";
  return "";
}

