import type { Quality } from "../media/quality.ts";
import type { Peer, PeerQuality, QualityReason } from "../signaling/messages.ts";
import type { App } from "./app.ts";
import { t } from "./text.ts";

const order = ["good", "fair", "poor"] as const;

/**
 * qualityOf is how good a peer's connection is: as the room sees it, or, if that is worse, as its picture and sound arrive
 * here. While one comes back there is nothing to say about it.
 */
export function qualityOf(room: App["room"], peer: Peer): Quality | undefined {
  if (room.trouble.value !== undefined || !peer.connected) return undefined;
  return worse(room.quality.value.get(peer.id)?.quality || undefined, room.report.value?.peers.get(peer.id));
}

function worse(a: Quality | undefined, b: Quality | undefined): Quality | undefined {
  if (!a || !b) return a ?? b;
  return order.indexOf(a) > order.indexOf(b) ? a : b;
}

const reasons: readonly QualityReason[] = ["loss", "rtt", "jitter", "frozen", "concealed", "reduced", "paused"];

/** reasonsOf puts into words what keeps a connection from being good, without those that this page does not know. */
export function reasonsOf(q: PeerQuality): string[] {
  return reasons.filter((r) => q.reasons?.includes(r)).map((r) => t(`room.qualityReason.${r}`));
}

/** What is to be said above the stage of this page's own connection. */
export type OwnTrouble = "slow" | "weak";

/** ownText says it. */
export function ownText(what: OwnTrouble): string {
  return t(what === "slow" ? "room.slowNetwork" : "room.weakNetwork");
}

/**
 * ownTrouble is "slow" when the room sends less than is shown because of it, and "weak" when it is poor in another way.
 */
export function ownTrouble(room: App["room"]): OwnTrouble | undefined {
  if (room.trouble.value !== undefined) return undefined;
  const own = room.quality.value.get(room.peerId.value);
  if (room.reduced.value.size > 0 || own?.reasons?.some((r) => r === "reduced" || r === "paused")) return "slow";
  return own?.quality === "poor" || room.report.value?.own === "poor" ? "weak" : undefined;
}
