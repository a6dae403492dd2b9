import type { Peer } from "../signaling/messages.ts";

/** same reports whether two peers are one person: ids change when somebody joins anew, uuids do not. */
export function same(a: Peer, b: Peer): boolean {
  return a.id === b.id || (a.uuid !== "" && a.uuid === b.uuid && a.kind === b.kind);
}

/**
 * withGhosts keeps those who were there before this page joined anew and are not back yet, as not connected: after a
 * room was started again everybody comes back within seconds, and their last picture should stay.
 */
export function withGhosts(now: readonly Peer[], before: readonly Peer[]): Peer[] {
  const missing = before.filter((b) => b.uuid !== "" && !now.some((n) => same(n, b)));
  return [...now, ...missing.map((p) => ({ ...p, connected: false }))];
}

/** changed puts a new or changed peer into the list, in the place of its ghost if there is one. */
export function changed(list: readonly Peer[], peer: Peer): Peer[] {
  const at = list.findIndex((p) => p.id === peer.id);
  if (at >= 0) return list.map((p, i) => (i === at ? peer : p));
  const ghost = list.findIndex((p) => !p.connected && same(p, peer));
  return ghost >= 0 ? list.map((p, i) => (i === ghost ? peer : p)) : [...list, peer];
}
