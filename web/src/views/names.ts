import type { Invitee, Peer, Source } from "../signaling/messages.ts";
import { t } from "./text.ts";

/** nameOf gives what people call a peer or invitee. */
export function nameOf(p: Pick<Peer | Invitee, "name" | "kind">): string {
  return p.name.trim() || `${t("room.unknown")} (${t(`room.kind.${p.kind}`)})`;
}

/** titleOf names what a tile shows: the person, or which of their pictures. */
export function titleOf(p: Pick<Peer, "name" | "kind">, source: Source): string {
  const name = nameOf(p);
  if (source === "screen") return t("room.screenOf", { name });
  return source === "camera2" ? t("room.camera2Of", { name }) : name;
}

const statuses = ["invited", "online", "opening", "in_room", "reconnecting", "left", "refused", "busy", "no_answer"] as const;

/** statusText puts an invitee's status into words; a newer server may send one that is unknown here. */
export function statusText(status: string): string {
  const known = statuses.find((s) => s === status);
  return known ? t(`room.status.${known}`) : t("room.status.other");
}
