import type { Failure } from "../src/media/failure.ts";
import type { Phase } from "../src/media/room.ts";
import type { Used, Way } from "../src/media/way.ts";
import type { PeerQuality, Source, StalledReason } from "../src/signaling/messages.ts";
import type { App } from "../src/views/app.ts";

/** A person of a state that is shown. */
export interface Person {
  name: string;
  kind: "user" | "participant" | "device";
  sources?: Source[];
  muted?: boolean;
  cameraOff?: boolean;
  lost?: boolean;
  quality?: "good" | "fair" | "poor";
  /** The way that its media takes. */
  way?: Way;
}

/** A state of the session page. */
export interface State {
  phase?: Phase;
  people?: Person[];
  invitees?: { name: string; kind: "user" | "participant" | "device"; status: string }[];
  speaking?: number;
  trouble?: boolean;
  failure?: { camera?: Failure; microphone?: Failure };
  opening?: boolean;
  sharing?: boolean;
  /** What this page's own connection is like. */
  own?: "good" | "fair" | "poor";
  blocked?: boolean;
  /** The way that its media takes; direct UDP unless given. */
  used?: Used;
  stalled?: [string, StalledReason][];
  /** Pictures that come smaller for a slow network; true: not at all. */
  reduced?: [string, boolean][];
  /** What the person did to the page. */
  app?: (app: App) => void;
}

const people: Person[] = [
  { name: "Marie Tremblay", kind: "participant", sources: ["camera"], quality: "good" },
  { name: "Dr. Anne Roy", kind: "user", sources: ["camera"], quality: "good" },
  { name: "Kitchen robot", kind: "device", sources: ["camera"], quality: "fair", muted: true },
  { name: "Jean-Luc Gagnon", kind: "participant", sources: ["camera"], cameraOff: true },
  { name: "Élise Bouchard-Desrosiers", kind: "user", sources: ["camera"], quality: "poor" },
  { name: "Paul Côté", kind: "participant", sources: ["camera"], muted: true, quality: "good" },
  { name: "Hospital bed 12", kind: "device", sources: ["camera"], quality: "good" },
  { name: "Lucie Fortin", kind: "participant", sources: ["camera"], quality: "good" },
  { name: "Samuel Ng", kind: "user", sources: ["camera"], quality: "good", lost: true },
];
/** A poor network that still takes everything that is sent. */
const withoutBandwidth = (map: ReadonlyMap<string, PeerQuality>): Map<string, PeerQuality> =>
  new Map([...map].map(([id, q]) => [id, { ...q, reasons: (q.reasons ?? []).filter((r) => r !== "paused" && r !== "reduced") }]));
const first = (n: number) => people.slice(0, n);
const two: Person = { ...people[0]!, sources: ["camera", "camera2"] };

/** All states by name. */
export const states: Record<string, State> = {
  joining: { phase: { name: "connecting" }, opening: true },
  alone: {},
  calling: {
    invitees: [
      { name: "Marie Tremblay", kind: "participant", status: "opening" },
      { name: "Jean-Luc Gagnon", kind: "participant", status: "invited" },
      { name: "Kitchen robot", kind: "device", status: "no_answer" },
    ],
  },
  one: { people: first(1), speaking: 0 },
  stalled: { people: first(2), stalled: [["p0camera", "source"]] },
  unshown: { people: first(1), stalled: [["p0camera", "path"]] },
  two: { people: [people[0]!, people[1]!], speaking: 0 },
  four: { people: first(4), invitees: [{ name: "Paul Côté", kind: "participant", status: "online" }], speaking: 0 },
  nine: { people: people, speaking: 1 },
  speaker: { people: first(4), speaking: 0, app: (app) => void (app.layout.value = "speaker") },
  speaker9: { people: people, speaking: 1, app: (app) => void (app.layout.value = "speaker") },
  secondCamera: { people: [two, people[1]!], speaking: 0 },
  screen: { people: [{ ...people[0]!, sources: ["camera", "screen"] }, people[1]!] },
  sharing: { people: first(2), sharing: true },
  reconnecting: { people: first(2), trouble: true, phase: { name: "reconnecting" } },
  peerLost: { people: [people[0]!, { ...people[1]!, lost: true }] },
  slow: { people: [{ ...people[0]!, quality: "poor" }], own: "fair", reduced: [["p0camera", false]] },
  paused: { people: first(2), own: "poor", reduced: [["p0camera", false], ["p1camera", true]] },
  weak: { people: first(1), own: "poor", app: (app) => void (app.room.quality.value = withoutBandwidth(app.room.quality.value)) },
  blocked: { people: first(1), blocked: true },
  refused: { people: first(1), failure: { camera: "notAllowed", microphone: "notAllowed" } },
  cameraTaken: { people: first(1), failure: { camera: "notReadable" } },
  noMicrophone: { people: first(1), failure: { microphone: "notFound" } },
  sound: { people: first(1), app: (app) => void (app.soundBlocked.value = true) },
  toast: {
    people: first(2),
    app: (app) => void (app.toasts.value = [{ id: 1, text: "Marie Tremblay", kind: "info" }]),
  },
  devices: { people: first(1), app: (app) => void (app.dialog.value = { name: "devices" }) },
  people: {
    people: first(2),
    invitees: [{ name: "Paul Côté", kind: "participant", status: "refused" }],
    app: (app) => void (app.dialog.value = { name: "people" }),
  },
  stopAll: { people: first(2), app: (app) => void (app.dialog.value = { name: "stopAll" }) },
  details: {
    people: first(1),
    app: (app) => void (app.dialog.value = { name: "details", peer: app.room.peers.value[0]! }),
  },
  detour: { people: first(2), used: { way: "relayTls", ipv6: false } },
  detourDetails: {
    people: first(1), used: { way: "relayTcp", ipv6: true },
    app: (app) => void (app.dialog.value = { name: "details", peer: app.room.peers.value[0]! }),
  },
  detailsPoor: {
    people: [{ ...people[0]!, quality: "poor", way: "relayTls" }, people[1]!],
    app: (app) => void (app.dialog.value = { name: "details", peer: app.room.peers.value[0]! }),
  },
  over: { phase: { name: "ended", reason: "stopped" } },
  left: { phase: { name: "ended", reason: "left" } },
  removed: { phase: { name: "ended", reason: "removed" } },
  replaced: { phase: { name: "ended", reason: "replaced" } },
  full: { phase: { name: "ended", reason: "full" } },
  linkRefused: { phase: { name: "ended", reason: "refused" } },
};
