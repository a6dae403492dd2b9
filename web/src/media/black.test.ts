import assert from "node:assert/strict";
import { test } from "node:test";
import { Black } from "./black.ts";
import type { RemoteTrack } from "./negotiation.ts";

const track = { id: "t", peer: "p", source: "camera", kind: "video", media: { id: "m" } } as RemoteTrack;

function report(packetsReceived: number, framesDecoded: number | undefined): RTCStatsReport {
  const e = { id: "in", type: "inbound-rtp", trackIdentifier: "m", packetsReceived, framesDecoded };
  return new Map([["in", e]]) as unknown as RTCStatsReport;
}

function looks(reports: [number, number | undefined][], shown = new Set(["t"])): string[][] {
  const black = new Black();
  return reports.map(([packets, frames]) => black.next(report(packets, frames), [track], shown));
}

test("a picture is black when its packets come and no frame does", () => {
  assert.deepEqual(looks([[0, 0], [300, 0], [600, 0], [900, 60], [1200, 60]]), [[], ["t"], ["t"], [], ["t"]]);
});

test("it is not when it flows, when little comes, when it is hidden or the browser does not count", () => {
  assert.deepEqual(looks([[0, 0], [300, 60], [600, 120]]), [[], [], []]);
  assert.deepEqual(looks([[0, 0], [5, 0], [9, 0]]), [[], [], []]);
  assert.deepEqual(looks([[0, 0], [300, 0]], new Set()), [[], []]);
  assert.deepEqual(looks([[0, undefined], [300, undefined]]), [[], []]);
});

test("a track that is shown again begins anew", () => {
  const black = new Black();
  black.next(report(0, 0), [track], new Set(["t"]));
  black.next(report(300, 0), [track], new Set());
  assert.deepEqual(black.next(report(600, 0), [track], new Set(["t"])), []);
});
