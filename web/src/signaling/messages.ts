// The messages of the room's websocket, as in the Go package proto/signal; signaling/README.md tells the protocol.

export type Kind = "user" | "participant" | "device";
export type Source = "camera" | "camera2" | "screen";
export type MediaKind = "audio" | "video";

/** A peer's own free object, kept by the room and shown to the others; at most 4 KiB as JSON. */
export interface PeerState {
  microphone?: boolean;
  camera?: boolean;
  camera2?: boolean;
  screen?: boolean;
  /** The way that its media takes (media/way.ts), for the details of its connection. */
  way?: string;
  ipv6?: boolean;
  [key: string]: unknown;
}

export interface Track {
  id: string;
  source: Source;
  kind: MediaKind;
}

/** One connected endpoint, as others are told of it. */
export interface Peer {
  id: string;
  kind: Kind;
  /** OpenTera's uuid; "" when unknown. */
  uuid: string;
  name: string;
  /** Whether kind, uuid and name come from the invitee's own key. */
  verified: boolean;
  /** False: its websocket is lost, and it may come back. */
  connected: boolean;
  state: PeerState | null;
  tracks: Track[] | null;
  /** It neither sends nor takes media, as far as is known: the data channel of a robot. */
  quiet?: boolean;
}

/** How far an invitee has come; a newer server may know more words. */
export type InviteeStatus =
  | "invited" | "online" | "opening" | "in_room" | "reconnecting" | "left" | "refused" | "busy" | "no_answer" | "removed";

export interface Invitee {
  kind: Kind;
  uuid: string;
  name: string;
  status: string;
}

export interface Self {
  kind: Kind;
  uuid: string;
  name: string;
  verified: boolean;
}

export interface Session {
  uuid: string;
  name: string;
  /** RFC 3339, or "" when the room was not told. */
  startedAt: string;
}

export interface PublishedTrack {
  mid: string;
  source: Source;
  kind: MediaKind;
}

export interface SentTrack {
  mid: string;
  /** Track.id */
  track: string;
  /** Peer.id of its publisher. */
  peer: string;
  source: Source;
  kind: MediaKind;
}

/** The size at which a track is shown, in physical pixels; 0 by 0: hidden. */
export interface Shown {
  track: string;
  width: number;
  height: number;
  /** It gets bandwidth before the others. */
  pinned?: boolean;
}

/** Why a track that should arrive does not; a newer server may know more words. */
export type StalledReason = "source" | "path" | "codec" | "refused";

/** How one received track is played, counted since it began; times in seconds. */
export interface PlayedTrack {
  track: string;
  freezes?: number;
  frozen?: number;
  decoded?: number;
  dropped?: number;
  width?: number;
  height?: number;
  /** Sound that was made up. */
  concealed?: number;
  /** Sound in all. */
  heard?: number;
  /** How long packets wait before they are played. */
  buffer?: number;
}

/** What keeps a connection from being good; a newer server may know more words. */
export type QualityReason = "loss" | "rtt" | "jitter" | "frozen" | "concealed" | "reduced" | "paused";

/** One direction of a peer's connection over the last seconds. */
export interface PathQuality {
  /** In bit/s. */
  bitrate: number;
  /** Share lost on the way, before repair, 0 to 1. */
  loss: number;
  /** In seconds. */
  jitter: number;
}

/** A picture that the room sends to a peer. */
export interface TrackQuality {
  track: string;
  bitrate: number;
  loss: number;
  /** Layer, from 0; -1: nothing is sent. */
  spatial: number;
  /** Layer, from 0; -1: all there are. */
  temporal: number;
  /** In pixels; 0: unknown. */
  width: number;
  height: number;
  /** Smaller than it is shown, for lack of bandwidth. */
  reduced: boolean;
  /** Not sent, for the same reason. */
  paused: boolean;
  freezes: number;
  frozen: number;
}

/** How the connection between a peer and the room is. */
export interface PeerQuality {
  peer: string;
  /** "" when nothing is known. */
  quality: "good" | "fair" | "poor" | "";
  reasons: string[] | null;
  /** In seconds; 0: unknown. */
  rtt: number;
  /** From the peer to the room. */
  up: PathQuality;
  /** From the room to the peer. */
  down: PathQuality;
  /** What may be sent to it, in bit/s; 0: unknown. */
  estimate: number;
  /** Since it joined, as its page says. */
  freezes: number;
  frozen: number;
  /** Messages for it that were too old to be sent, since it joined. */
  stale: number;
  tracks: TrackQuality[] | null;
}

export type EndedReason = "stopped" | "removed" | "replaced" | "full" | "shutdown" | "error";

export type ClientMessage =
  | { type: "join"; protocol: 1; name?: string; uuid?: string; resume?: string; fresh?: boolean; features?: string[]; state?: PeerState }
  | { type: "offer"; sdp: string; tracks: PublishedTrack[] }
  | { type: "answer"; sdp: string; id?: number }
  | { type: "candidate"; candidate: RTCIceCandidateInit | null }
  | { type: "state"; state: PeerState }
  | { type: "message"; to?: string; topic: string; data?: unknown }
  | { type: "mute"; peer: string; kind: MediaKind }
  | { type: "request"; action: "stop" }
  | { type: "request"; action: "remove"; kind: Kind; uuid: string }
  | { type: "view"; tracks: Shown[] }
  | { type: "renew"; track: string }
  | { type: "quality"; tracks: PlayedTrack[] }
  | { type: "ping" }
  | { type: "pong" }
  | { type: "leave" };

export interface Joined {
  type: "joined";
  /** Own peer id. */
  peer: string;
  /** For the next join, within 90 s of a lost websocket. */
  resume: string;
  /** Still the peer of before: id and tracks are the same. */
  resumed: boolean;
  /** The room's end of the media is a new one: it wants a new PeerConnection. */
  fresh: boolean;
  self: Self;
  session: Session;
  peers: Peer[] | null;
  invitees: Invitee[] | null;
  iceServers: RTCIceServer[] | null;
  /** Whether requests (stop, remove) are allowed. */
  canManage: boolean;
}

export type ServerMessage =
  | Joined
  | { type: "iceServers"; iceServers: RTCIceServer[] | null }
  | { type: "peer"; peer: Peer }
  | { type: "left"; peer: string; reason: string }
  | { type: "offer"; id?: number; sdp: string; tracks: SentTrack[] | null }
  | { type: "answer"; sdp: string }
  | { type: "candidate"; candidate: RTCIceCandidateInit | null }
  | { type: "message"; from: string; topic: string; data?: unknown }
  | { type: "mute"; from: string; kind: MediaKind }
  | { type: "invitees"; invitees: Invitee[] | null }
  | { type: "speakers"; speakers: { peer: string; track: string }[] | null }
  | { type: "stalled"; tracks: { track: string; reason: string }[] | null }
  | { type: "layers"; tracks: { mid: string; source: Source; layers: number }[] | null }
  | { type: "reduced"; tracks: { track: string; paused: boolean }[] | null }
  | { type: "restart"; source: Source; kind: MediaKind }
  | { type: "quality"; peers: PeerQuality[] | null }
  | { type: "ping" }
  | { type: "pong" }
  | { type: "ended"; reason: string; text: string };

const known: Record<ServerMessage["type"], true> = {
  joined: true, iceServers: true, peer: true, left: true, offer: true, answer: true, candidate: true,
  message: true, mute: true, invitees: true, speakers: true, stalled: true, layers: true, reduced: true, restart: true, quality: true,
  ping: true, pong: true, ended: true,
};
const types = new Set(Object.keys(known));

/** parse reads what the room sent; undefined for what this page does not know, which it skips. */
export function parse(text: string): ServerMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("type" in value)) return undefined;
  return typeof value.type === "string" && types.has(value.type) ? (value as ServerMessage) : undefined;
}

/** Why a websocket that was closed with a code does not come back; undefined: it should be opened again. */
export function finalReason(code: number): EndedReason | undefined {
  return ({ 4001: "stopped", 4003: "removed", 4009: "replaced", 4503: "full" } as const)[code];
}

/** stalledReason reads a reason; one that this page does not know is all the same to the person. */
export function stalledReason(text: string): StalledReason {
  return text === "source" || text === "codec" || text === "refused" ? text : "path";
}
