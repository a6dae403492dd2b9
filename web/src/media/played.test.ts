import assert from "node:assert/strict";
import { test } from "node:test";
import type { RemoteTrack } from "./negotiation.ts";
import { Played } from "./played.ts";

const video = { id: "v", peer: "p", source: "camera", kind: "video", media: { id: "mv" } } as RemoteTrack;
const audio = { id: "a", peer: "p", source: "camera", kind: "audio", media: { id: "ma" } } as RemoteTrack;
const shown = new Set(["v"]);

function report(...entries: object[]): RTCStatsReport {
  return new Map(entries.map((e, i) => [String(i), { type: "inbound-rtp", ...e }])) as unknown as RTCStatsReport;
}
const frozen = (freezeCount: number, totalFreezesDuration: number) => report({ trackIdentifier: "mv", freezeCount, totalFreezesDuration });

test("what is played is told per track", () => {
  const list = new Played().next(
    report(
      { trackIdentifier: "mv", freezeCount: 1, totalFreezesDuration: 0.8123, framesDecoded: 900, framesDropped: 4, frameWidth: 640, frameHeight: 360, jitterBufferDelay: 90, jitterBufferEmittedCount: 900 },
      { trackIdentifier: "ma", concealedSamples: 9600, silentConcealedSamples: 4800, totalSamplesReceived: 480_000, totalSamplesDuration: 10 },
      { trackIdentifier: "another page's" },
      { type: "outbound-rtp", trackIdentifier: "mv" },
    ),
    [video, audio],
    shown,
  );
  assert.deepEqual(list, [
    { track: "v", decoded: 900, dropped: 4, width: 640, height: 360, buffer: 0.1, freezes: 1, frozen: 0.812 },
    { track: "a", heard: 10, concealed: 0.1, buffer: 0 },
  ]);
});

test("a browser that counts nothing tells nothing wrong", () => {
  assert.deepEqual(new Played().next(report({ trackIdentifier: "mv" }, { trackIdentifier: "ma" }), [video, audio], shown), [
    { track: "v", decoded: 0, dropped: 0, width: 0, height: 0, buffer: 0, freezes: 0, frozen: 0 },
    { track: "a", heard: 0, concealed: 0, buffer: 0 },
  ]);
});

test("a picture that was hidden did not freeze", () => {
  const played = new Played();
  const look = (n: number, seconds: number, on = true) => {
    const [v] = played.next(frozen(n, seconds), [video], on ? shown : new Set());
    return [v?.freezes, v?.frozen];
  };
  assert.deepEqual(look(1, 1), [1, 1]);
  assert.deepEqual(look(1, 1, false), [1, 1]);
  assert.deepEqual(look(1, 1, false), [1, 1]);
  assert.deepEqual(look(1, 1), [1, 1]); // shown again, its first frame is on the way
  assert.deepEqual(look(2, 31), [1, 1]); // half a minute of "freeze" ends with that frame
  assert.deepEqual(look(3, 33), [2, 3]); // a real one
});
