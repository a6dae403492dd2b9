import type { RemoteTrack } from "../media/negotiation.ts";
import type { Invitee, Peer, Source } from "../signaling/messages.ts";

/** One picture on the stage. */
export type Tile =
  | { type: "peer"; key: string; peer: Peer; source: Source; video: RemoteTrack | undefined }
  | { type: "waiting"; key: string; invitee: Invitee }
  | { type: "self"; key: string; source: Source };

/** personKey names a person across reconnections, which change peer ids. */
export function personKey(p: Pick<Peer, "id" | "kind" | "uuid">): string {
  return p.uuid ? `${p.kind}:${p.uuid}` : p.id;
}

/**
 * peerTiles gives one tile per peer and one more for each further source that it shows. A robot's data channel, which
 * sends and takes no media, has none; the list of people names it. Nor does a person have a second one without a picture:
 * a further source that another program of theirs sends stands beside their own.
 */
export function peerTiles(peers: readonly Peer[], tracks: readonly RemoteTrack[]): Tile[] {
  const seen = new Set<string>();
  const shown = peers.filter((p) => !p.quiet || p.tracks?.length);
  return shown.flatMap((peer) => {
    // Two pages opened with the same shared uuid are two tiles.
    const person = seen.has(personKey(peer)) ? peer.id : personKey(peer);
    seen.add(person);
    const sources: Source[] = further(peer);
    const elsewhere = shown.some((p, i) => personKey(p) === personKey(peer) && (!onlyFurther(p) || i < shown.indexOf(peer)));
    if (!onlyFurther(peer) || !elsewhere) sources.unshift("camera");
    return sources.map((source): Tile => ({
      type: "peer",
      key: `${person}/${source}`,
      peer,
      source,
      video: tracks.find((t) => t.peer === peer.id && t.source === source && t.kind === "video"),
    }));
  });
}

function further(peer: Peer): Source[] {
  return (["camera2", "screen"] as const).filter((source) => shows(peer, source));
}

/** onlyFurther reports whether a peer sends a second camera or a screen, and nothing of a first. */
function onlyFurther(peer: Peer): boolean {
  return further(peer).length > 0 && !peer.tracks?.some((t) => t.source === "camera");
}

function shows(peer: Peer, source: Source): boolean {
  return peer.tracks?.some((t) => t.source === source && t.kind === "video") ?? false;
}

/** Invitees that are being waited for, and those that will not come unless asked again. */
const coming = ["invited", "online", "opening", "reconnecting"];
const notComing = ["refused", "busy", "no_answer"];

/** absent gives the invitees who are not in the room, self and removed ones excepted. */
export function absent(invitees: readonly Invitee[], peers: readonly Peer[], selfUUID: string): Invitee[] {
  const here = new Set(peers.filter((p) => p.uuid).map((p) => personKey(p)));
  return invitees.filter(
    (i) => i.status !== "removed" && i.uuid !== selfUUID && !here.has(personKey({ id: "", kind: i.kind, uuid: i.uuid })),
  );
}

/**
 * waitingTiles gives "calling ..." tiles: for those who may come at any moment, and, as long as nobody is there, for those
 * who refused or do not answer.
 */
export function waitingTiles(invitees: readonly Invitee[], peers: readonly Peer[], selfUUID: string): Tile[] {
  const words = peers.length > 0 ? coming : [...coming, ...notComing];
  return absent(invitees, peers, selfUUID)
    .filter((i) => words.includes(i.status))
    .map((invitee) => ({ type: "waiting", key: `${personKey({ id: "", ...invitee })}/camera`, invitee }));
}

/** What decides which tile is large, the strongest first. */
export interface Wishes {
  /** Key of the tile that the person pinned. */
  pinned: string | undefined;
  /** Key of the tile that a clinician shows to everybody. */
  focused: string | undefined;
  /** Peer ids of those who speak. */
  speaking: readonly string[];
  layout: "grid" | "speaker";
  /** Participants see the clinician large, whoever speaks. */
  preferUser: boolean;
}

/** mainTile chooses the large tile; undefined: all are equal. */
export function mainTile(tiles: readonly Tile[], w: Wishes, before: string | undefined): Tile | undefined {
  const of = (key: string | undefined) => tiles.find((t) => t.key === key);
  const peers = tiles.filter((t) => t.type === "peer");
  const wanted = of(w.pinned) ?? of(w.focused) ?? peers.find((t) => t.source === "screen");
  if (wanted) return wanted;
  // One person who is there is more than several who are not.
  if (w.layout === "grid") return peers.length === 1 && tiles.length > 1 ? peers[0] : undefined;
  const cameras = peers.filter((t) => t.source === "camera");
  const user = w.preferUser ? cameras.find((t) => t.peer.kind === "user") : undefined;
  const speaker = w.speaking.map((id) => cameras.find((t) => t.peer.id === id)).find((t) => t !== undefined);
  return user ?? speaker ?? of(before) ?? cameras[0] ?? tiles[0];
}

/** initials are what stands for a person without picture: first letters of the first and last word. */
export function initials(name: string): string {
  const all = name.split(/[\s.'-]+/).filter((w) => /\p{L}|\p{N}/u.test(w));
  const words = all.length > 2 && /^(dre?|m|mr|mrs|ms|mme|prof)$/i.test(all[0] ?? "") ? all.slice(1) : all;
  const ends = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return ends.map((w) => [...(w ?? "")][0]?.toUpperCase() ?? "").join("") || "?";
}
