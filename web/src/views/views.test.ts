import assert from "node:assert/strict";
import { test } from "node:test";
import type { Invitee, Peer } from "../signaling/messages.ts";
import { grid } from "./grid.ts";
import { initials, mainTile, peerTiles, waitingTiles, type Wishes } from "./tiles.ts";

function peer(id: string, kind: Peer["kind"], sources: Peer["tracks"] = []): Peer {
  return { id, kind, uuid: `u-${id}`, name: id, verified: true, connected: true, state: {}, tracks: sources };
}
const camera = { id: "t1", source: "camera", kind: "video" } as const;
const screen = { id: "t2", source: "screen", kind: "video" } as const;
const none: Wishes = { pinned: undefined, focused: undefined, speaking: [], layout: "speaker", preferUser: false };

test("ten tiles fit on a laptop and on a phone without scrolling", () => {
  for (const [w, h] of [[1440, 760], [1024, 620], [390, 690], [844, 300]] as const) {
    for (let n = 1; n <= 10; n++) {
      const g = grid(n, w, h, 8);
      assert.ok(g.columns * g.rows >= n);
      assert.ok(g.width * g.columns + 8 * (g.columns - 1) <= w, `${n} in ${w}x${h}: too wide`);
      assert.ok(g.height * g.rows + 8 * (g.rows - 1) <= h, `${n} in ${w}x${h}: too high`);
    }
  }
  assert.deepEqual([grid(2, 1440, 760, 8).columns, grid(4, 1440, 760, 8).columns, grid(9, 1440, 760, 8).columns], [2, 2, 3]);
  assert.equal(grid(2, 390, 690, 8).rows, 2);
});

test("each source of a peer has its tile", () => {
  const tiles = peerTiles([peer("a", "user", [camera, screen]), peer("b", "participant")], []);
  assert.deepEqual(tiles.map((t) => t.key), ["user:u-a/camera", "user:u-a/screen", "participant:u-b/camera"]);
  const twice = peerTiles([{ ...peer("a", "user"), uuid: "same" }, { ...peer("b", "user"), uuid: "same" }], []);
  assert.equal(new Set(twice.map((t) => t.key)).size, 2);
});

test("a further source that another program of a person sends has no second tile without a picture", () => {
  const page = { ...peer("a", "user", [camera]), uuid: "same" };
  const program = { ...peer("b", "user", [screen]), uuid: "same" };
  const sources = (peers: Peer[]) => peerTiles(peers, []).map((t) => t.type === "peer" && `${t.peer.id}/${t.source}`);
  assert.deepEqual(sources([page, program]), ["a/camera", "b/screen"]);
  assert.deepEqual(sources([program, { ...page, tracks: [] }]), ["b/screen", "a/camera"]);
  assert.deepEqual(sources([program, { ...program, id: "c" }]), ["b/camera", "b/screen", "c/screen"]);
});

test("a robot's data channel has no tile", () => {
  const tiles = peerTiles([{ ...peer("a", "device"), quiet: true }, { ...peer("b", "device", [camera]), quiet: true }, peer("c", "device")], []);
  assert.deepEqual(tiles.map((t) => t.key), ["device:u-b/camera", "device:u-c/camera"]);
});

test("those who will not come are shown only while nobody is there", () => {
  const list: Invitee[] = ["invited", "refused", "removed", "in_room"].map((status, i) => ({ kind: "participant", uuid: `i${i}`, name: "", status }));
  assert.deepEqual(waitingTiles(list, [], "me").map((t) => t.key), ["participant:i0/camera", "participant:i1/camera"]);
  assert.deepEqual(waitingTiles(list, [peer("a", "user")], "me").map((t) => t.key), ["participant:i0/camera"]);
  assert.deepEqual(waitingTiles(list, [], "i0").map((t) => t.key), ["participant:i1/camera"]);
  const here = { ...peer("p", "participant"), uuid: "i0" };
  assert.deepEqual(waitingTiles(list, [here], "me"), []);
});

test("a pin beats the clinician's focus, that a shared screen, that the speaker", () => {
  const tiles = peerTiles([peer("a", "participant"), peer("b", "user"), peer("c", "user", [screen])], []);
  const key = (w: Partial<Wishes>, before?: string) => mainTile(tiles, { ...none, ...w }, before)?.key;
  assert.equal(key({ pinned: "participant:u-a/camera", focused: "user:u-b/camera" }), "participant:u-a/camera");
  assert.equal(key({ focused: "user:u-b/camera" }), "user:u-b/camera");
  assert.equal(key({ pinned: "gone", speaking: ["b"] }), "user:u-c/screen");
  const cameras = tiles.slice(0, 3);
  const main = (w: Partial<Wishes>, before?: string) => mainTile(cameras, { ...none, ...w }, before)?.key;
  assert.equal(main({ speaking: ["b"] }), "user:u-b/camera");
  assert.equal(main({ speaking: ["a"], preferUser: true }), "user:u-b/camera");
  assert.equal(main({}, "user:u-b/camera"), "user:u-b/camera");
  assert.equal(main({}), "participant:u-a/camera");
  assert.equal(main({ layout: "grid", speaking: ["b"] }), undefined);
  const waiting = waitingTiles([{ kind: "participant", uuid: "w", name: "", status: "invited" }], [], "me");
  const one = [...peerTiles([peer("a", "participant")], []), ...waiting];
  assert.equal(mainTile(one, { ...none, layout: "grid" }, undefined)?.key, "participant:u-a/camera");
  assert.equal(mainTile(one.slice(0, 1), { ...none, layout: "grid" }, undefined), undefined);
});

test("initials stand for a name", () => {
  for (const [name, want] of [["M. Tremblay", "MT"], ["Kitchen robot", "KR"], ["Élise", "É"], ["Dr. Anne Roy", "AR"], ["", "?"], ["Jean-Marie de la Tour", "JT"], ["🙂", "?"]] as const) {
    assert.equal(initials(name), want);
  }
});
