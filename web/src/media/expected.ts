import type { Peer, StalledReason } from "../signaling/messages.ts";
import type { RemoteTrack } from "./negotiation.ts";

/** What decides whether something should come of a received track. */
export interface Circumstances {
  peers: readonly Peer[];
  /** Ids of the pictures that are shown: the room sends no others. */
  onScreen: ReadonlySet<string>;
  /** Pictures for which the network is too slow; true: they are not sent. */
  reduced: ReadonlyMap<string, boolean>;
  /** What does not come, as the room sees it. */
  stalled: ReadonlyMap<string, StalledReason>;
}

/** expected is the ids of the tracks of which something should come all the time: a screen may have nothing to show. */
export function expected(tracks: readonly RemoteTrack[], c: Circumstances): Set<string> {
  const flows = ({ id, peer: from, source, kind }: RemoteTrack): boolean => {
    const peer = c.peers.find((p) => p.id === from);
    const on = peer?.state?.[kind === "audio" ? "microphone" : source] !== false;
    const missing = c.stalled.get(id);
    if (source === "screen" || !peer?.connected || !on || (missing !== undefined && missing !== "path")) return false;
    return kind === "audio" || (c.onScreen.has(id) && c.reduced.get(id) !== true);
  };
  return new Set(tracks.filter(flows).map(({ id }) => id));
}
