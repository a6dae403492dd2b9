import type { CoreEvent } from "./opentera/events.ts";

/** Whether somebody is connected to OpenTera, and in a session. */
export interface Presence {
  online: boolean;
  busy: boolean;
}

export type PresenceMap = ReadonlyMap<string, Presence>;

/** What is known of everybody, by uuid, and when each was last told by an event (a count, not a time). */
export interface PresenceState {
  map: PresenceMap;
  count: number;
  told: ReadonlyMap<string, number>;
}

export const nobody: PresenceState = { map: new Map(), count: 0, told: new Map() };

const gone: Presence = { online: false, busy: false };

/** applied takes in one event of the websocket. */
export function applied(state: PresenceState, e: Extract<CoreEvent, { type: "presence" }>): PresenceState {
  const before = state.map.get(e.uuid) ?? gone;
  const now: Presence = {
    connected: { ...before, online: true },
    disconnected: { ...before, online: false },
    joined: { ...before, busy: true },
    left: { ...before, busy: false },
    changed: before,
  }[e.change];
  const count = state.count + 1;
  return { map: new Map(state.map).set(e.uuid, now), count, told: new Map(state.told).set(e.uuid, count) };
}

/**
 * snapshot takes in a list that was asked for when state.count was `asked`: whoever an event has told about since then
 * keeps what the event said, because the list may be older.
 */
export function snapshot(state: PresenceState, asked: number, list: Iterable<[uuid: string, p: Presence]>): PresenceState {
  const map = new Map(state.map);
  for (const [uuid, p] of list) if ((state.told.get(uuid) ?? 0) <= asked) map.set(uuid, p);
  return { ...state, map };
}
