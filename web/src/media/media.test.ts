import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultCamera, pick } from "./choice.ts";
import { failure } from "./failure.ts";
import type { RemoteTrack } from "./negotiation.ts";
import type { Peer } from "../signaling/messages.ts";
import { changed, withGhosts } from "./peers.ts";
import { judge, Steady } from "./quality.ts";
import { speechOpus } from "./sdp.ts";
import { Meter } from "./stats.ts";

function domError(name: string, message = ""): Error {
  return Object.assign(new Error(message), { name });
}

test("each error of the browser has its reason", () => {
  assert.equal(failure(domError("NotAllowedError")), "notAllowed");
  assert.equal(failure(domError("NotAllowedError", "Permission denied by system")), "system");
  assert.equal(failure(domError("NotFoundError")), "notFound");
  assert.equal(failure(domError("NotReadableError")), "notReadable");
  assert.equal(failure(domError("OverconstrainedError")), "overconstrained");
  assert.equal(failure(domError("SecurityError")), "security");
  assert.equal(failure(domError("AbortError")), "abort");
  assert.equal(failure(domError("InsecureError")), "insecure");
  assert.equal(failure("?"), "other");
});

test("a remembered device is found by id, else by label", () => {
  const devices = [{ deviceId: "a", label: "Back" }, { deviceId: "b", label: "Front camera" }];
  assert.equal(pick(devices, { id: "b", label: "" })?.deviceId, "b");
  assert.equal(pick(devices, { id: "gone", label: "Back" })?.deviceId, "a");
  assert.equal(pick(devices, { id: "gone", label: "" }), undefined);
  assert.equal(pick(devices, undefined), undefined);
  assert.equal(defaultCamera(devices)?.deviceId, "b");
  assert.equal(defaultCamera([{ deviceId: "c", label: "" }])?.deviceId, "c");
  assert.equal(defaultCamera([]), undefined);
});

const answer = [
  "v=0", "s=-",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1",
  "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:1", "a=rtpmap:96 VP8/90000",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:2", "a=rtpmap:111 opus/48000/2",
  "",
].join("\r\n");

test("speech is asked for with FEC and DTX, other sound is left alone", () => {
  const got = speechOpus(answer, new Set(["0"]));
  assert.match(got, /a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r\nm=video/);
  assert.equal(got.match(/usedtx/g)?.length, 1);
  const added = speechOpus(answer, new Set(["2"]));
  assert.match(added, /a=mid:2\r\na=rtpmap:111 opus\/48000\/2\r\na=fmtp:111 useinbandfec=1;usedtx=1\r\n$/);
  assert.equal(speechOpus(answer, new Set()), answer);
});

test("a connection is as good as its worst value", () => {
  assert.equal(judge({}), "good");
  assert.equal(judge({ loss: 0.05, rtt: 0.02 }), "fair");
  assert.equal(judge({ loss: 0, rtt: 0.7 }), "poor");
});

test("the word does not flicker", () => {
  const s = new Steady();
  const words = (["poor", "good", "poor", "poor", "good", "good", "good"] as const).map((q) => s.next(q));
  assert.deepEqual(words, ["good", "good", "good", "poor", "poor", "poor", "good"]);
});

test("those who were there stay until they are back", () => {
  const peer = (id: string, uuid: string, connected = true): Peer =>
    ({ id, kind: "user", uuid, name: "", verified: true, connected, state: null, tracks: null });
  const list = withGhosts([peer("n1", "a")], [peer("o1", "a"), peer("o2", "b"), peer("o3", "")]);
  assert.deepEqual(list.map((p) => [p.id, p.connected]), [["n1", true], ["o2", false]]);
  assert.deepEqual(changed(list, peer("n2", "b")).map((p) => p.id), ["n1", "n2"]);
  assert.deepEqual(changed(list, peer("n4", "a")).map((p) => p.id), ["n1", "o2", "n4"]); // a is there: two pages of one account
  assert.deepEqual(changed(list, peer("n1", "a", false)).map((p) => p.connected), [false, false]);
});

test("numbers are those of the last interval", () => {
  const track = { id: "t", peer: "p", kind: "video", media: { id: "m" } } as RemoteTrack;
  const report = (timestamp: number, received: number, lost: number, bytes: number) =>
    new Map([
      ["in", { id: "in", type: "inbound-rtp", kind: "video", timestamp, trackIdentifier: "m", codecId: "c", packetsReceived: received, packetsLost: lost, bytesReceived: bytes, frameHeight: 720 }],
      ["c", { id: "c", type: "codec", timestamp, mimeType: "video/VP8" }],
      ["pair", { id: "pair", type: "candidate-pair", timestamp, nominated: true, state: "succeeded", currentRoundTripTime: 0.02 }],
    ]) as unknown as RTCStatsReport;
  const m = new Meter();
  m.next(report(0, 1000, 500, 0), [track]);
  const second = m.next(report(2000, 1200, 500, 250_000), [track]);
  const got = second.tracks.get("t");
  assert.equal(got?.bitrate, 1_000_000);
  assert.equal(got?.loss, 0);
  assert.equal(got?.codec, "VP8");
  assert.equal(got?.height, 720);
  assert.equal(second.rtt, 0.02);
  m.next(report(4000, 1300, 600, 300_000), [track]);
  assert.equal(m.next(report(6000, 1400, 700, 350_000), [track]).peers.get("p"), "poor");
});

test("a freeze of a track that is stalled at its source says nothing of this network", () => {
  const track = { id: "t", peer: "p", kind: "video", media: { id: "m" } } as RemoteTrack;
  const report = (timestamp: number, frozen: number): RTCStatsReport =>
    new Map([["in", { id: "in", type: "inbound-rtp", kind: "video", timestamp, trackIdentifier: "m", totalFreezesDuration: frozen }]]) as unknown as RTCStatsReport;
  for (const reason of ["source", "path"] as const) {
    const m = new Meter();
    const words: (string | undefined)[] = [];
    for (let at = 0; at <= 20; at += 2) {
      // The browser counts the freeze when it is over.
      words.push(m.next(report(at * 1000, at < 12 ? 0 : at < 14 ? 20 : 40), [track], new Map(at >= 4 && at < 12 ? [["t", reason]] : [])).peers.get("p"));
    }
    assert.equal(words.includes("poor"), reason === "path", `${reason}: ${words.join()}`);
  }
});

test("a detour is told once it lasts", () => {
  const over = (protocol: string): RTCStatsReport =>
    new Map([
      ["p", { id: "p", type: "candidate-pair", timestamp: 0, state: "succeeded", nominated: true, localCandidateId: "l" }],
      ["l", { id: "l", type: "local-candidate", timestamp: 0, candidateType: "host", protocol }],
    ]) as unknown as RTCStatsReport;
  const m = new Meter();
  assert.deepEqual(["tcp", "udp", "udp", "tcp", "tcp"].map((p) => m.next(over(p), []).detour), [undefined, undefined, undefined, undefined, "tcp"]);
});
