import assert from "node:assert/strict";
import { test } from "node:test";
import type { Peer, StalledReason } from "../signaling/messages.ts";
import { expected } from "./expected.ts";
import type { RemoteTrack } from "./negotiation.ts";

const track = (id: string, source = "camera", kind = "video") => ({ id, peer: "p", source, kind, media: { id } }) as RemoteTrack;
const peer = (more: Partial<Peer> = {}): Peer => ({ id: "p", kind: "user", uuid: "u", name: "", verified: true, connected: true, state: {}, tracks: [], ...more });
const all = [track("v"), track("a", "camera", "audio"), track("s", "screen"), track("2", "camera2")];

function ids(more: { peer?: Partial<Peer>; onScreen?: string[]; reduced?: [string, boolean][]; stalled?: [string, StalledReason][] } = {}): string {
  const { onScreen = ["v", "s", "2"], reduced = [], stalled = [] } = more;
  return [...expected(all, { peers: [peer(more.peer)], onScreen: new Set(onScreen), reduced: new Map(reduced), stalled: new Map(stalled) })].join("");
}

test("what others publish should come", () => assert.equal(ids(), "va2"));

test("it need not when they switched it off, when it is not shown, not sent for lack of bandwidth, or they are away", () => {
  assert.equal(ids({ peer: { state: { camera: false, microphone: false } } }), "2");
  assert.equal(ids({ onScreen: [] }), "a");
  assert.equal(ids({ reduced: [["v", true], ["2", false]] }), "a2");
  assert.equal(ids({ peer: { connected: false } }), "");
  assert.equal(ids({ peer: { id: "other" } }), "");
});

test("what the room itself does not get, or this browser cannot decode, is no fault of the connection", () => {
  assert.equal(ids({ stalled: [["v", "source"], ["2", "codec"]] }), "a");
  assert.equal(ids({ stalled: [["v", "path"]] }), "va2");
});
