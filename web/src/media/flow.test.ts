import assert from "node:assert/strict";
import { test } from "node:test";
import { FlowMeter } from "./flow.ts";
import type { RemoteTrack } from "./negotiation.ts";

const tracks = [{ id: "t", media: { id: "m" } }] as RemoteTrack[];

function looks(...reports: object[][]): string[] {
  const meter = new FlowMeter();
  return reports.map((entries) => {
    const stats = new Map(entries.map((e, i) => [String(i), { id: String(i), ...e }])) as unknown as RTCStatsReport;
    const { path, came, sent, heard } = meter.next(stats, tracks);
    return [path && "path", [...came].join(), sent && "sent", heard && "heard"].filter(Boolean).join(" ");
  });
}

test("packets of a track are a sign of life of the path, and of the track", () => {
  const at = (packetsReceived: number) => [{ type: "inbound-rtp", trackIdentifier: "m", packetsReceived }];
  assert.deepEqual(looks(at(0), at(5), at(5), at(6)), ["", "path t", "", "path t"]);
});

test("answers to checks are one of the path alone", () => {
  const at = (responsesReceived: number, bytesReceived = 0) => [{ type: "candidate-pair", responsesReceived, bytesReceived }];
  assert.deepEqual(looks(at(1), at(1), at(2), at(2, 9), at(2, 9)), ["path", "", "path", "path", ""]);
});

test("what is sent is heard when the room reports on it again", () => {
  const at = (packetsSent: number, timestamp: number) => [{ type: "outbound-rtp", packetsSent }, { type: "remote-inbound-rtp", timestamp }];
  assert.deepEqual(looks(at(1, 10), at(2, 10), at(2, 20), at(2, 20)), ["sent heard", "sent", "heard", ""]);
});
