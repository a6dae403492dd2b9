import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals-core";
import type { Report } from "../media/stats.ts";
import type { Peer, PeerQuality } from "../signaling/messages.ts";
import type { App } from "./app.ts";
import { ownTrouble, qualityOf, reasonsOf } from "./quality.ts";

const peer = { id: "p", connected: true } as Peer;
const q = (id: string, quality: PeerQuality["quality"], reasons: string[] | null = []) => [id, { peer: id, quality, reasons } as PeerQuality] as const;

function room(seen: (readonly [string, PeerQuality])[], here?: "good" | "fair" | "poor", trouble?: number, reduced: [string, boolean][] = []): App["room"] {
  const report = { peers: new Map(here ? [["p", here]] : []), own: "good" } as unknown as Report;
  return { quality: signal(new Map(seen)), reduced: signal(new Map(reduced)), report: signal(report), trouble: signal(trouble), peerId: signal("me") } as unknown as App["room"];
}

test("a tile has the worse of what the room sees and what arrives here", () => {
  assert.equal(qualityOf(room([]), peer), undefined);
  assert.equal(qualityOf(room([], "fair"), peer), "fair");
  assert.equal(qualityOf(room([q("p", "good")], "fair"), peer), "fair");
  assert.equal(qualityOf(room([q("p", "poor")], "good"), peer), "poor");
  assert.equal(qualityOf(room([q("p", "")], "good"), peer), "good");
});

test("of a connection that comes back there is nothing to say", () => {
  assert.equal(qualityOf(room([q("p", "poor")], "poor"), { ...peer, connected: false }), undefined);
  assert.equal(qualityOf(room([q("p", "poor")], "poor", 1), peer), undefined);
});

test("reasons are words, those of a newer server are left out", () => {
  assert.deepEqual(reasonsOf(q("p", "poor", ["newer", "frozen", "loss"])[1]), ["Packets are lost on the way", "The picture stands still at times"]);
  assert.deepEqual(reasonsOf(q("p", "good", null)[1]), []);
});

test("the own network is slow when less is sent because of it, else weak when it is poor", () => {
  assert.equal(ownTrouble(room([q("me", "fair", ["reduced"])])), "slow");
  assert.equal(ownTrouble(room([q("me", "poor", ["paused", "loss"])])), "slow");
  assert.equal(ownTrouble(room([], undefined, undefined, [["p:camera:video", false]])), "slow");
  assert.equal(ownTrouble(room([q("me", "poor", ["loss"])])), "weak");
  assert.equal(ownTrouble(room([q("me", "fair", ["loss"])])), undefined);
  assert.equal(ownTrouble(room([q("p", "poor", ["paused"])])), undefined);
  assert.equal(ownTrouble(room([q("me", "poor", ["paused"])], undefined, 1)), undefined);
});
