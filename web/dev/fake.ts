import { signal } from "@preact/signals";
import type { Input } from "../src/media/local.ts";
import type { RemoteTrack } from "../src/media/negotiation.ts";
import type { RoomModel } from "../src/media/room.ts";
import type { Report } from "../src/media/stats.ts";
import type { Used } from "../src/media/way.ts";
import type { Peer, PeerQuality } from "../src/signaling/messages.ts";
import type { Page } from "../src/views/app.ts";
import type { Person, State } from "./list.ts";
import { picture } from "./picture.ts";

/** fakeRoom is a room in a given state that goes nowhere. */
export function fakeRoom(page: Page, state: State): RoomModel {
  const people = state.people ?? [];
  const peers = people.map(peerOf);
  const tracks = people.flatMap((p, i) => tracksOf(p, i));
  const nothing = (): void => undefined;
  return {
    phase: signal(state.phase ?? { name: "in" }),
    self: signal({ kind: page === "users" ? "user" : page === "devices" ? "device" : "participant", uuid: "self", name: "Dr. A. Roy", verified: true }),
    peerId: signal("self"),
    session: signal({ uuid: "s", name: "Knee exercises", startedAt: new Date(Date.now() - 761_000).toISOString() }),
    canManage: signal(page === "users"),
    peers: signal(peers),
    invitees: signal((state.invitees ?? []).map((i, n) => ({ ...i, uuid: `i${n}` }))),
    tracks: signal(tracks),
    media: signal("connected" as RTCPeerConnectionState),
    trouble: signal(state.trouble ? Date.now() - 3000 : undefined),
    interrupted: signal(state.trouble ?? false),
    blocked: signal(state.blocked ?? false),
    quality: signal(new Map(qualityOf(people, state).map((q) => [q.peer, q]))),
    report: signal(reportOf(people, peers, state.used)),
    speaking: signal(state.speaking === undefined ? [] : [`p${state.speaking}`]),
    reduced: signal(new Map(state.reduced)),
    stalled: signal(new Map(state.stalled)),
    local: localOf(state),
    open: nothing,
    leave: nothing,
    goodbye: nothing,
    stopForAll: nothing,
    remove: nothing,
    mute: nothing,
    message: nothing,
    view: nothing,
    peer: (id) => peers.find((p) => p.id === id),
  };
}

function peerOf(p: Person, i: number): Peer {
  return {
    id: `p${i}`,
    kind: p.kind,
    uuid: `u${i}`,
    name: p.name,
    verified: true,
    connected: !p.lost,
    state: { microphone: !p.muted, camera: !p.cameraOff, way: p.way ?? "udp" },
    tracks: (p.sources ?? []).map((source) => ({ id: `p${i}${source}`, source, kind: "video" })),
  };
}

function tracksOf(p: Person, i: number): RemoteTrack[] {
  return (p.sources ?? []).map((source) => ({
    id: `p${i}${source}`,
    peer: `p${i}`,
    source,
    kind: "video",
    media: picture(i, source),
    receiver: {} as RTCRtpReceiver,
  }));
}

/** What a connection that is called so is like. */
const like = {
  good: { rtt: 0.034, loss: 0.002, jitter: 0.006, estimate: 4_200_000, freezes: 0, reasons: [] },
  fair: { rtt: 0.21, loss: 0.041, jitter: 0.02, estimate: 940_000, freezes: 1, reasons: ["loss", "reduced"] },
  poor: { rtt: 0.68, loss: 0.13, jitter: 0.061, estimate: 210_000, freezes: 7, reasons: ["loss", "rtt", "frozen", "paused"] },
};

function qualityOf(people: Person[], state: State): PeerQuality[] {
  const one = (peer: string, word: keyof typeof like, pictures: number): PeerQuality => {
    const { rtt, loss, jitter, estimate, freezes, reasons } = like[word];
    const reduced = word !== "good";
    return {
      peer, quality: word, reasons, rtt, estimate, freezes, frozen: freezes * 1.3, stale: word === "poor" ? 4 : 0,
      up: { bitrate: 1_240_000, loss, jitter },
      down: { bitrate: estimate * 0.8, loss: loss / 2, jitter },
      tracks: Array.from({ length: pictures }, (_, i) => ({
        track: i === 0 ? "self:camera:video" : `p${i}camera`, bitrate: estimate * 0.4, loss, spatial: reduced ? 0 : 2, temporal: reduced ? 1 : -1,
        width: reduced ? 320 : 1280, height: reduced ? 180 : 720, reduced, paused: word === "poor" && i > 0, freezes: 0, frozen: 0,
      })),
    };
  };
  const own = state.own ?? "good";
  return [...people.flatMap((p, i) => (p.quality ? [one(`p${i}`, p.quality, people.length)] : [])), one("self", own, 0)];
}

function reportOf(people: Person[], peers: Peer[], used: Used = { way: "udp", ipv6: false }): Report {
  return {
    tracks: new Map(
      peers.map((p) => [
        `${p.id}camera`,
        { kind: "video", bitrate: 1_240_000, loss: 0.004, jitter: 0.008, width: 1280, height: 720, fps: 30, codec: "VP8" },
      ]),
    ),
    peers: new Map(people.flatMap((p, i) => (p.quality ? [[`p${i}`, p.quality]] : []))),
    own: "good",
    rtt: 0.034,
    used,
    detour: used.way === "udp" ? undefined : used.way,
  };
}

function localOf(state: State): RoomModel["local"] {
  const open = state.opening ?? false;
  const input = (track: MediaStreamTrack | undefined, failure?: Input["failure"]): Input => {
    const works = !failure && !open && track !== undefined;
    return { on: works, opening: open, track: works ? track : undefined, failure };
  };
  const idle: Input = { on: false, opening: false, track: undefined, failure: undefined };
  const sound = new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0]!;
  sound.getSettings = () => ({ deviceId: "Headset" });
  const device = (kind: MediaDeviceKind, label: string) => ({ kind, label, deviceId: label, groupId: "" }) as MediaDeviceInfo;
  const none = async (): Promise<void> => undefined;
  return {
    microphone: signal(input(sound, state.failure?.microphone)),
    camera: signal(input(picture(20, "camera"), state.failure?.camera)),
    camera2: signal(idle),
    screen: signal(state.sharing ? { ...idle, on: true, track: picture(21, "screen") } : idle),
    devices: signal({
      cameras: [device("videoinput", "Integrated camera (13d3:5a01)"), device("videoinput", "Document camera")],
      microphones: [device("audioinput", "Internal microphone"), device("audioinput", "Headset")],
      speakers: [device("audiooutput", "Internal speakers"), device("audiooutput", "Headset")],
    }),
    start: none,
    setMicrophone: none,
    setCamera: none,
    setCamera2: none,
    startScreen: none,
    stopScreen: () => undefined,
    chooseCamera: none,
    chooseMicrophone: none,
    restart: none,
    outgoing: () => new Map(),
    close: () => undefined,
  };
}
